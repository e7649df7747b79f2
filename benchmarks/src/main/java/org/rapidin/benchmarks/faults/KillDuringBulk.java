package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.rapidin.benchmarks.node.BenchNode;

/** Kills the node again and again while two clients write. */
record KillDuringBulk(int kills) implements FaultRun {
  private static final int BETWEEN_KILLS = 64;
  private static final int CHECKED = 25;

  /** Half precision with a row scale rounds each number by at most 2^-11 of its size. */
  private static final double ROUNDING = 1e-3;

  @Override
  public int row() {
    return 1;
  }

  @Override
  public String description() {
    return "kill -9 during bulk x%d: no acknowledged document lost, vectors as computed again"
        .formatted(kills);
  }

  @Override
  public String run() throws Exception {
    Random random = new Random(1);
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of())) {
      Writers writers = new Writers(node, DemoNode.documents(1200), 2);
      try (writers) {
        for (int i = 0; i < kills; i++) {
          writers.awaitAcknowledged(writers.acknowledged().size() + BETWEEN_KILLS);
          Thread.sleep(random.nextInt(500));
          node.killAndRestart();
        }
        writers.awaitAcknowledged(writers.acknowledged().size() + BETWEEN_KILLS);
      }
      int lost = writers.lost();
      int acknowledged = writers.acknowledged().size();
      FaultRun.require(lost == 0, "%d of %d acknowledged documents lost", lost, acknowledged);
      node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      double difference = StoredVectors.difference(node, some(writers.acknowledged()));
      FaultRun.require(difference < ROUNDING, "a vector differs by %g", difference);
      return "%d acknowledged, 0 lost, %d vectors differ by at most %.1g"
          .formatted(acknowledged, Math.min(CHECKED, acknowledged), difference);
    }
  }

  private static Map<String, ObjectNode> some(Map<String, ObjectNode> all) {
    Map<String, ObjectNode> some = new TreeMap<>();
    int step = Math.max(1, all.size() / CHECKED);
    int position = 0;
    for (Map.Entry<String, ObjectNode> entry : new TreeMap<>(all).entrySet()) {
      if (position++ % step == 0 && some.size() < CHECKED) {
        some.put(entry.getKey(), entry.getValue());
      }
    }
    return some;
  }
}
