package org.rapidin.benchmarks.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.ApiException;
import org.rapidin.distribution.OpenSearchClient;

/** Kills the node while it flushes and merges, then lets Lucene check the index. */
record KillDuringMerge(int kills) implements FaultRun {
  private static final int BETWEEN_KILLS = 64;

  @Override
  public int row() {
    return 2;
  }

  @Override
  public String description() {
    return "kill -9 during flush and merge x%d: CheckIndex finds no fault".formatted(kills);
  }

  @Override
  public String run() throws Exception {
    int acknowledged;
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of())) {
      Writers writers = new Writers(node, DemoNode.documents(1200), 2);
      try (writers) {
        for (int i = 0; i < kills; i++) {
          writers.awaitAcknowledged(writers.acknowledged().size() + BETWEEN_KILLS);
          Thread merging = new Thread(() -> merge(node), "merge");
          merging.start();
          Thread.sleep(50L * i);
          node.killAndRestart();
          merging.join();
        }
      }
      int lost = writers.lost();
      FaultRun.require(lost == 0, "%d acknowledged documents lost", lost);
      acknowledged = writers.acknowledged().size();
    }
    ShardCheck.requireClean(BenchNode.files().resolve("faults/data"));
    return "%d documents acknowledged, 0 lost, CheckIndex clean".formatted(acknowledged);
  }

  private static void merge(BenchNode node) {
    try (OpenSearchClient client =
        new OpenSearchClient(node.process().address(), Duration.ofSeconds(30))) {
      client.send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      client.send("POST", "/" + BenchNode.NAME + "/_forcemerge?max_num_segments=1", null);
      client.send("POST", "/" + BenchNode.NAME + "/_flush?force=true", null);
    } catch (IOException | ApiException killed) {
      // The node is meant to die during this.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
