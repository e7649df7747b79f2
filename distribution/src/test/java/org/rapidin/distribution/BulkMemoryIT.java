package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A document of a bulk grows from 1 KB to 175 KB; a node with a 1 GB heap survives any bulk. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BulkMemoryIT {
  private TestNode node;

  @BeforeAll
  void start(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    node.createDemoIndex();
  }

  @BeforeEach
  void emptyTheIndex() throws Exception {
    node.createIndex("train");
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 2_000, 10_000})
  void bulkEndsInResultsOrInRefusalsThatCanBeRetried(int size) throws Exception {
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(copies(size)));
    int stored = 0;
    for (JsonNode item : answer.path("items")) {
      int status = item.path("index").path("status").asInt();
      assertTrue(status == 201 || status == 429, item::toPrettyString);
      stored += status == 201 ? 1 : 0;
    }
    assertTrue(stored >= Math.min(size, 100), "only " + stored + " were stored");
    JsonNode hits =
        node.post(
            "/train/_search",
            "{\"track_total_hits\":true,\"size\":0,\"query\":{\"exists\":{\"field\":\"gradient\"}}}");
    assertEquals(stored, hits.path("hits").path("total").path("value").asInt());
    System.out.println("bulk of " + size + ": " + stored + " stored, the rest 429");
  }

  private static List<ObjectNode> copies(int size) throws Exception {
    List<ObjectNode> some = TestNode.documents(100);
    List<ObjectNode> all = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      all.add(some.get(i % some.size()).deepCopy().put("id", "d" + i));
    }
    return all;
  }

  @Test
  void memoryIsGivenBackWhenTheBulkIsAnswered() throws Exception {
    node.post("/train/_bulk", TestNode.bulk(copies(100)));
    JsonNode breakers = node.get("/_nodes/stats/breaker").path("nodes").elements().next();
    assertEquals(
        0,
        breakers.path("breakers").path("rapidin").path("estimated_size_in_bytes").asLong(-1),
        breakers::toPrettyString);
  }
}
