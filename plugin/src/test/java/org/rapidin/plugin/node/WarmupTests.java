package org.rapidin.plugin.node;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.tasks.Task;
import org.opensearch.tasks.TaskResult;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.node.NodeWarmth.ShardWarmth;

/** The warm-up of a node, which in this test has a GPU only by chance. */
public class WarmupTests extends TinyNodeTestCase {
  private static final int DOCUMENTS = 5;

  private void fill() {
    put("demo", spec("tiny", 256));
    putPipeline(
        "influence",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"target_field\":\"gradient\"}}]}");
    createIndex("train", "demo", "influence");
    for (int i = 0; i < DOCUMENTS; i++) {
      client()
          .prepareIndex("train")
          .setSource(Map.of("instruction", "say " + i, "output", "number " + i))
          .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
          .get();
    }
  }

  public void testEveryRowIsReportedOnADeviceOrOnTheCpuWithTheReason() {
    fill();
    NodeWarmth warmth = warm("tra*");
    assertEquals(1, warmth.shards().size());
    ShardWarmth shard = warmth.shards().getFirst();
    assertEquals("train", shard.index());
    assertEquals("gradient", shard.field());
    long left = shard.cpuRows().values().stream().mapToLong(Long::longValue).sum();
    assertEquals(DOCUMENTS, shard.deviceRows() + left);
    GpuStats stats = stats();
    assertEquals(stats.reason(), warmth.problem());
    assertEquals(stats.state() == GpuStats.State.READY, warmth.problem().isEmpty());
  }

  public void testAnUnknownIndexIsRefused() {
    var e = expectThrows(IndexNotFoundException.class, () -> warm("absent"));
    assertThat(e.getMessage(), containsString("no such index [absent]"));
  }

  public void testTheReportOfATaskIsKept() throws Exception {
    fill();
    NodeClient client = node().injector().getInstance(NodeClient.class);
    Task started =
        client.executeLocally(
            NodesWarmupAction.INSTANCE,
            NodesWarmupAction.request(true, "train"),
            LoggingTaskListener.instance());
    TaskId task = new TaskId(client.getLocalNodeId(), started.getId());
    assertBusy(
        () -> {
          TaskResult result = client().admin().cluster().prepareGetTask(task).get().getTask();
          assertTrue(result.isCompleted());
          assertThat(result.getResponse().utf8ToString(), containsString("rows_on_device"));
          assertThat(result.getTask().getDescription(), containsString("[train]"));
        });
  }

  public void testAnswersAndProgressSurviveTheWire() throws IOException {
    NodeWarmth warmth =
        new NodeWarmth(
            "no driver",
            List.of(
                new ShardWarmth(
                    "train", 3, "gradient", 4, 5, new TreeMap<>(Map.of("few_rows", 6L)))));
    ShardsProgress progress =
        new ShardsProgress(1, 2, new TreeMap<>(Map.of("rows_on_device", 3L, "rows_on_cpu", 4L)));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      warmth.writeTo(out);
      progress.writeTo(out);
      NodesWarmupAction.request(true, "a", "b*").writeTo(out);
      try (StreamInput in = out.bytes().streamInput()) {
        assertEquals(warmth, NodeWarmth.read(in));
        assertEquals(progress, ShardsProgress.read(in));
        assertArrayEquals(new String[] {"a", "b*"}, NodesWarmupAction.read(in).indices());
        assertEquals(-1, in.read());
      }
    }
  }

  private NodeWarmth warm(String index) {
    NodeAnswers<NodeWarmth> answers =
        client()
            .execute(NodesWarmupAction.INSTANCE, NodesWarmupAction.request(false, index))
            .actionGet();
    assertFalse(answers.failures().toString(), answers.hasFailures());
    return answers.getNodes().getFirst().value();
  }

  private GpuStats stats() {
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
