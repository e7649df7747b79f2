package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.registry.DeleteAttributorAction;
import org.rapidin.plugin.registry.PutAttributorAction;
import org.rapidin.plugin.wire.ForwardingChannel;

/**
 * The vectors of tokens that a node keeps for the searches of another one are in use until these
 * have ended, however they end.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
public class LentGradientsIT extends TinyClusterTestCase {
  private String coordinator;
  private String holder;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    if (nodeOrdinal == 1) {
      TinyModelDirectory.write(directory, 1);
    }
  }

  private void startCluster() {
    List<String> nodes = internalCluster().startNodes(2);
    coordinator = nodes.get(0);
    holder = nodes.get(1);
    createTrainingIndex(2, 0);
    ingest(client(), 0, 10);
  }

  private SearchRequestBuilder search() {
    return internalCluster()
        .client(coordinator)
        .prepareSearch("train")
        .setSource(
            new SearchSourceBuilder()
                .query(
                    QueryBuilders.wrapperQuery(
                        "{\"influence\":{\"gradient\":{\"prompt\":\"a\",\"completion\":\"b c\"}}}"))
                .ext(List.of(new InfluenceExtBuilder(true, 0, false))));
  }

  public void testAnAnsweredSearchReturnsThem() throws Exception {
    startCluster();
    SearchResponse answer = search().get();
    assertEquals(10, answer.getHits().getHits().length);
    assertNotNull(answer.getHits().getAt(0).field("influence_tokens"));
    assertNothingIsInUse();
  }

  /** The gradient's fingerprint is compared with the field's after it has been computed. */
  public void testARefusedSearchReturnsThem() throws Exception {
    startCluster();
    client()
        .execute(DeleteAttributorAction.INSTANCE, new DeleteAttributorAction.Request("demo", true))
        .actionGet();
    client()
        .execute(
            PutAttributorAction.INSTANCE,
            new PutAttributorAction.Request(
                "demo",
                AttributorSpecFormat.fromMap(
                    Map.of(
                        "model",
                        MODEL,
                        "template",
                        Map.of("completion", "{{output}}"),
                        "compression",
                        Map.of("dimension", 256)))))
        .actionGet();
    Exception refused = expectThrows(Exception.class, search()::get);
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
    assertTrue(refused.toString(), ExceptionsHelper.stackTrace(refused).contains("_reindex"));
    assertNothingIsInUse();
  }

  public void testASearchThatWasCancelledBeforeTheAnswerReturnsThem() throws Exception {
    startCluster();
    CountDownLatch computed = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    holdAnswer(computed, cancelled);
    ActionFuture<SearchResponse> search = search().execute();
    assertTrue(computed.await(30, TimeUnit.SECONDS));
    assertTrue("lent with the answer", handles(holder).bytesInUse() > 0);
    client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
    Exception fault = expectThrows(Exception.class, search::actionGet);
    assertNotNull(ExceptionsHelper.unwrap(fault, TaskCancelledException.class));
    cancelled.countDown();
    assertNothingIsInUse();
  }

  /** The holder's answer is sent after the second latch is open. */
  private void holdAnswer(CountDownLatch computed, CountDownLatch cancelled) {
    MockTransportService transport =
        (MockTransportService) internalCluster().getInstance(TransportService.class, holder);
    transport.addRequestHandlingBehavior(
        GradientTransport.QUERY,
        (handler, request, channel, task) ->
            handler.messageReceived(request, new HeldChannel(channel, computed, cancelled), task));
  }

  private static final class HeldChannel extends ForwardingChannel {
    private final TransportChannel channel;
    private final CountDownLatch ready;
    private final CountDownLatch send;

    HeldChannel(TransportChannel channel, CountDownLatch ready, CountDownLatch send) {
      super(channel);
      this.channel = channel;
      this.ready = ready;
      this.send = send;
    }

    @Override
    public void sendResponse(TransportResponse response) throws IOException {
      ready.countDown();
      try {
        assertTrue(send.await(30, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      channel.sendResponse(response);
    }
  }

  private static GradientHandles handles(String node) {
    return internalCluster().getInstance(GradientHandles.class, node);
  }

  /** Well before what is never used is given back, and before the holder gives up. */
  private void assertNothingIsInUse() throws Exception {
    for (String node : List.of(coordinator, holder)) {
      assertBusy(() -> assertEquals(node, 0, handles(node).bytesInUse()), 5, TimeUnit.SECONDS);
    }
  }
}
