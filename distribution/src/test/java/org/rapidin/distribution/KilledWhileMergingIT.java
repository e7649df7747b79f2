package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is killed while it flushes and merges vectors opens clean segments afterwards. */
class KilledWhileMergingIT {
  private static final int DOCUMENTS = 120;
  private static final int PART = 10;

  /** Lucene's CheckIndex runs when a shard opens; a shard that it faults does not start. */
  private static final String CHECKED =
      "{\"settings\": {\"index.shard.check_on_startup\": \"true\","
          + " \"index.number_of_replicas\": 0}}";

  @Test
  void row02CheckIndexFindsNoFaultAfterKillsDuringFlushesAndMerges(@TempDir Path work)
      throws Exception {
    // Not the shared node: the index that this test damages would keep it from starting.
    try (TestNode node = TestNode.start(work, "1g", Map.of())) {
      node.createDemoIndex();
      node.delete("/train?ignore_unavailable=true");
      node.put("/train", CHECKED);
      killWhileMerging(node);
    }
  }

  private static void killWhileMerging(TestNode node) throws Exception {
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS);
    AtomicInteger stored = new AtomicInteger();
    for (int round = 0; round < 3; round++) {
      int before = stored.get();
      Thread writer = Thread.ofPlatform().start(() -> write(node, documents, stored));
      while (stored.get() < before + 2 * PART && writer.isAlive()) {
        Thread.sleep(5);
      }
      node.kill();
      writer.join();
      node.up();
      node.get("/_cluster/health/train?wait_for_status=green&timeout=60s");
      assertEquals(
          "green", node.get("/_cluster/health/train").path("status").asText(), "round " + round);
    }
    node.post("/train/_refresh", null);
    int found = node.get("/train/_count").path("count").asInt();
    assertTrue(found >= stored.get(), found + " of " + stored);
  }

  /** Bulks with a flush and a merge after each, until the node is gone. */
  private static void write(TestNode node, List<ObjectNode> documents, AtomicInteger stored) {
    try {
      while (stored.get() < documents.size()) {
        int from = stored.get();
        node.post("/train/_bulk", TestNode.bulk(documents.subList(from, from + PART)));
        stored.addAndGet(PART);
        node.post("/train/_flush?force=true&wait_if_ongoing=true", null);
        node.post("/train/_forcemerge?max_num_segments=1", null);
      }
    } catch (Exception killed) {
      // The node is gone: what was acknowledged before is counted.
    }
  }
}
