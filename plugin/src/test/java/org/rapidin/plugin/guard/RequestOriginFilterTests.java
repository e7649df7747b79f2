package org.rapidin.plugin.guard;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.single.instance.InstanceShardOperationRequest;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.document.RestBulkAction;
import org.opensearch.tasks.Task;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.test.client.NoOpNodeClient;
import org.opensearch.test.rest.FakeRestChannel;
import org.opensearch.test.rest.FakeRestRequest;
import org.rapidin.plugin.dispatch.RequestOrigin;

/** A bulk's gradients have the deadline that its client gave, and none if it gave none. */
public class RequestOriginFilterTests extends OpenSearchTestCase {
  private final ThreadContext context = new ThreadContext(Settings.EMPTY);
  private final RequestOriginFilter filter =
      new RequestOriginFilter(context, () -> "here", () -> TimeValue.timeValueHours(1));

  /** What OpenSearch's REST handler makes of a request. */
  private BulkRequest bulk(Map<String, String> parameters) throws Exception {
    AtomicReference<BulkRequest> sent = new AtomicReference<>();
    FakeRestRequest request =
        new FakeRestRequest.Builder(xContentRegistry())
            .withMethod(RestRequest.Method.POST)
            .withPath("/_bulk")
            .withParams(parameters)
            .withContent(
                new BytesArray("{\"index\":{\"_index\":\"train\"}}\n{\"n\":1}\n"),
                XContentType.JSON)
            .build();
    try (NoOpNodeClient client =
        new NoOpNodeClient(getTestName()) {
          @Override
          public void bulk(BulkRequest bulk, ActionListener<BulkResponse> listener) {
            sent.set(bulk);
          }
        }) {
      new RestBulkAction(Settings.EMPTY)
          .handleRequest(request, new FakeRestChannel(request, false, 0), client);
    }
    return sent.get();
  }

  /** As another node gets the bulk. */
  private static BulkRequest passedOn(BulkRequest bulk) throws Exception {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      bulk.writeTo(out);
      BulkRequest read = new BulkRequest(out.bytes().streamInput());
      read.remoteAddress(buildNewFakeTransportAddress());
      return read;
    }
  }

  private OptionalLong deadline(BulkRequest bulk) {
    AtomicReference<OptionalLong> bound = new AtomicReference<>();
    filter.apply(
        new Task(1, "direct", BulkAction.NAME, "", TaskId.EMPTY_TASK_ID, Map.of()),
        BulkAction.NAME,
        bulk,
        ActionRequestMetadata.<BulkRequest, BulkResponse>empty(),
        PlainActionFuture.<BulkResponse>newFuture(),
        (task, action, request, listener) -> bound.set(RequestOrigin.bound(context).deadline()));
    return bound.get();
  }

  public void testABulkWithoutATimeoutHasNoDeadline() throws Exception {
    BulkRequest bulk = bulk(Map.of());
    assertEquals(OptionalLong.empty(), deadline(bulk));
    assertEquals(OptionalLong.empty(), deadline(passedOn(bulk)));
  }

  public void testBulksThatOtherRequestsMakeHaveNoDeadlineByDefault() throws Exception {
    BulkRequest upsert = bulk(Map.of());
    upsert.timeout(InstanceShardOperationRequest.DEFAULT_TIMEOUT);
    assertEquals(OptionalLong.empty(), deadline(upsert));
    BulkRequest reindexed = bulk(Map.of());
    reindexed.timeout(TimeValue.timeValueMinutes(1));
    reindexed.setParentTask("here", 2);
    assertEquals(OptionalLong.empty(), deadline(reindexed));
  }

  public void testATimeoutIsADeadlineAlsoIfItIsAsLongAsTheDefault() throws Exception {
    for (String timeout : new String[] {"1m", "60s", "59s", "2m"}) {
      BulkRequest bulk = bulk(Map.of("timeout", timeout));
      long nanos = TimeValue.parseTimeValue(timeout, "timeout").nanos();
      long until = deadline(bulk).orElseThrow() - System.nanoTime();
      assertTrue(timeout, until <= nanos && until > nanos - TimeUnit.SECONDS.toNanos(10));
      boolean standard = nanos == TimeUnit.MINUTES.toNanos(1);
      assertEquals(timeout, standard, deadline(passedOn(bulk)).isEmpty());
    }
  }
}
