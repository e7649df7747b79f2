package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in a real control group with less memory than the machine, as in a container. */
class ContainerMemoryIT {
  private static final long LIMIT = 2L << 30;
  private static final long HEAP = 512L << 20;

  @TempDir private Path work;

  @Test
  void row15DefaultLimitsAreSharesOfTheContainersMemoryAndABulkIsAnswered() throws Exception {
    try (MemoryCgroup group = group();
        TestNode node = TestNode.start(work, "512m", Map.of(), process -> process.cgroup(group))) {
      JsonNode stats =
          node.get("/_plugins/_rapidin/stats")
              .path("nodes")
              .elements()
              .next()
              .path("native_memory");
      assertEquals((LIMIT - HEAP) / 2, stats.path("limit_in_bytes").asLong(), stats::toString);
      long weights = stats.at("/weights/limit_in_bytes").asLong();
      assertEquals(0.3 * (LIMIT - HEAP), weights, 1, stats::toString);
      node.createDemoIndex();
      JsonNode answer =
          node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(400)));
      for (JsonNode item : answer.path("items")) {
        int status = item.path("index").path("status").asInt();
        assertTrue(status == 201 || status == 429, item::toPrettyString);
      }
      node.get("/");
    }
  }

  private static MemoryCgroup group() {
    try {
      return MemoryCgroup.create(LIMIT);
    } catch (IOException e) {
      return Assumptions.abort("no control group can be created here: " + e);
    }
  }
}
