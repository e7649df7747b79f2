package org.rapidin.plugin.guard;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.action.update.UpdateResponse;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.xcontent.XContentType;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.scorer.ElementType;

/** What a request takes on the thread that brings it, which serves other connections too. */
public class BulkThreadTests extends TinyNodeTestCase {
  private static final int DIMENSION = 65_536;
  private static final int DOCUMENTS = Integer.getInteger("rapidin.bulk.documents", 100);

  private record Held(long cpuMillis, BulkResponse answer) {}

  /** Runs a request on a thread that OpenSearch takes for one of its HTTP server. */
  private static long onConnectionThread(Runnable request) throws Exception {
    FutureTask<Long> sending =
        new FutureTask<>(
            () -> {
              long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
              request.run();
              return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
            });
    new Thread(sending, "node[http_server_worker][T#1]").start();
    return TimeUnit.NANOSECONDS.toMillis(sending.get());
  }

  private Held send(BulkRequest bulk) throws Exception {
    PlainActionFuture<BulkResponse> answer = PlainActionFuture.newFuture();
    long millis = onConnectionThread(() -> client().bulk(bulk, answer));
    return new Held(millis, answer.actionGet());
  }

  private static BulkRequest broughtVectors() {
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, 1);
    String text = Base64.getEncoder().encodeToString(ElementType.FLOAT16.encode(vector));
    BulkRequest bulk = new BulkRequest("train");
    for (int i = 0; i < DOCUMENTS; i++) {
      bulk.add(new IndexRequest().source("n", i, "gradient", text));
    }
    return bulk;
  }

  private static long scanMillis(BulkRequest bulk) throws Exception {
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (DocWriteRequest<?> request : bulk.requests()) {
      DocumentScan.of((IndexRequest) request, text -> false, Set.of("gradient"));
    }
    long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  public void testBroughtVectorsAreNotReadOnTheThreadOfTheirConnection() throws Exception {
    put("demo", spec("tiny", DIMENSION));
    createIndex("train", "demo", "_none");
    send(broughtVectors()); // loads classes
    BulkRequest bulk = broughtVectors();
    long scan = scanMillis(bulk);
    Held held = send(bulk);
    assertFalse(held.answer().buildFailureMessage(), held.answer().hasFailures());
    logger.info(
        "{} documents held the thread {} ms; reading them takes {}",
        DOCUMENTS,
        held.cpuMillis(),
        scan);
    assertTrue(held.cpuMillis() + " ms of " + scan, held.cpuMillis() <= Math.max(5, scan / 5));
  }

  /** Assertions of the code under test fail where a mapping is parsed on such a thread. */
  public void testMappingsAreNotParsedOnTheThreadOfTheirConnection() throws Exception {
    put("demo", spec("tiny", 256));
    createIndex("train", "demo", "_none");
    BulkRequest bulk = new BulkRequest().add(new UpdateRequest("train", "1").doc("n", 1));
    String reason = send(bulk).answer().getItems()[0].getFailureMessage();
    assertTrue(reason, reason.contains("an update would lose them"));
    createIndex("other", "demo", "_none");
    PlainActionFuture<UpdateResponse> answer = PlainActionFuture.newFuture();
    onConnectionThread(() -> client().update(new UpdateRequest("other", "1").doc("n", 1), answer));
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, answer::actionGet);
    assertTrue(refused.toString(), refused.getMessage().contains("an update would lose them"));
  }

  /** As above, the code under test fails on such a thread. */
  public void testAMappingIsNotValidatedOnTheThreadOfItsConnection() throws Exception {
    put("demo", spec("tiny", 256));
    createIndex("train", "demo", "_none");
    String type = "{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}";
    assertRefused("_source of index [train] keeps field [second]", "second", type);
    assertRefused(
        "field [n] would copy values", "n", "{\"type\":\"float\",\"copy_to\":\"gradient\"}");
    assertTrue(
        putMapping("n", "{\"type\":\"float\",\"copy_to\":\"m\"}").actionGet().isAcknowledged());
  }

  private void assertRefused(String reason, String field, String type) throws Exception {
    ActionFuture<AcknowledgedResponse> answer = putMapping(field, type);
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, answer::actionGet);
    assertTrue(refused.toString(), refused.getMessage().contains(reason));
  }

  private ActionFuture<AcknowledgedResponse> putMapping(String field, String type)
      throws Exception {
    PlainActionFuture<AcknowledgedResponse> answer = PlainActionFuture.newFuture();
    String json = "{\"properties\":{\"%s\":%s}}".formatted(field, type);
    PutMappingRequest request = new PutMappingRequest("train").source(json, XContentType.JSON);
    onConnectionThread(() -> client().admin().indices().putMapping(request, answer));
    return answer;
  }
}
