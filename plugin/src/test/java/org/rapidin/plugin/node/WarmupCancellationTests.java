package org.rapidin.plugin.node;

import java.util.Map;
import org.junit.After;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.gpu.FakeCuda;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.gpu.NodeGpuSettings;

/** A warm-up of a node with a slow GPU. */
public class WarmupCancellationTests extends TinyNodeTestCase {
  private static final int SEGMENTS = 8;

  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(NodeGpuSettings.MIN_SEGMENT_DOCS.getKey(), 1)
        .build();
  }

  @After
  public void endDelay() {
    FakeCuda.delayMicros(0);
  }

  public void testACancelledWarmUpEndsBeforeItsNextSegment() throws Exception {
    FakeCuda.reset();
    fill();
    FakeCuda.delayMicros(200_000); // of each copy
    NodeClient client = node().injector().getInstance(NodeClient.class);
    PlainActionFuture<NodeAnswers<NodeWarmth>> warmth = new PlainActionFuture<>();
    Task task =
        client.executeLocally(
            NodesWarmupAction.INSTANCE, NodesWarmupAction.request(false, "train"), warmth);
    assertBusy(() -> assertTrue(gpu().residentRows() > 0));
    client()
        .admin()
        .cluster()
        .prepareCancelTasks()
        .setTaskId(new TaskId(client.getLocalNodeId(), task.getId()))
        .get();
    NodeAnswers<NodeWarmth> answers = warmth.actionGet();
    assertEquals(1, answers.failures().size());
    Throwable cause = answers.failures().getFirst().getRootCause();
    assertTrue(cause.toString(), cause instanceof TaskCancelledException);
    long resident = gpu().residentRows();
    assertTrue("rows on the device: " + resident, resident < SEGMENTS);

    endDelay();
    PlainActionFuture<NodeAnswers<NodeWarmth>> again = new PlainActionFuture<>();
    client.executeLocally(
        NodesWarmupAction.INSTANCE, NodesWarmupAction.request(false, "train"), again);
    assertFalse(again.actionGet().hasFailures());
    assertEquals(SEGMENTS, gpu().residentRows());
  }

  /** Each document is a segment. */
  private void fill() {
    put("demo", spec("tiny", 256));
    putPipeline(
        "influence",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"target_field\":\"gradient\"}}]}");
    createIndex("train", "demo", "influence");
    for (int i = 0; i < SEGMENTS; i++) {
      client()
          .prepareIndex("train")
          .setSource(Map.of("instruction", "say " + i, "output", "number " + i))
          .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
          .get();
    }
  }

  private GpuStats gpu() {
    return client()
        .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request())
        .actionGet()
        .getNodes()
        .getFirst()
        .value()
        .gpu()
        .stats();
  }
}
