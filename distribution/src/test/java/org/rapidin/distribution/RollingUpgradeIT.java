package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two node processes of which one has the newer plugin: whichever of them is asked, and whichever
 * holds the shard or the model, the answers are those of equal nodes.
 */
class RollingUpgradeIT {
  private static final int DOCUMENTS = 24;

  @TempDir private Path work;

  @Test
  void row46NodesOfTwoPluginVersionsAnswerAlikeInBothDirections() throws Exception {
    Path newer = NewerPlugin.home(work.resolve("newer-home"));
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS + 2);
    try (TestCluster cluster = new TestCluster(work, 2, "768m")) {
      cluster.start(0, true);
      cluster.start(1, false);
      TestNode old = cluster.node(0);
      old.createDemoIndex();
      // One shard on each node, so that every search crosses the wire.
      old.delete("/train");
      old.put(
          "/train",
          "{\"settings\": {\"index.number_of_shards\": 2, \"index.number_of_replicas\": 0,"
              + " \"index.routing.allocation.total_shards_per_node\": 1}}");
      index(old, documents.subList(0, DOCUMENTS));
      String search = search();
      Map<String, String> before = hits(old, search);
      assertEquals(DOCUMENTS, before.size());

      cluster.node(1).close();
      cluster.start(1, newer, false, Map.of());
      awaitGreen(old);
      assertEquals(before, hits(old, search));
      assertEquals(before, hits(cluster.node(1), search));

      // The newer node has no model: its gradients come from the old one.
      index(cluster.node(1), documents.subList(DOCUMENTS, DOCUMENTS + 1));
      cluster.node(0).close();
      cluster.start(0, newer, true, Map.of());
      cluster.node(1).close();
      cluster.start(1, false);
      awaitGreen(cluster.node(0));
      // Now the old node asks the newer one.
      index(cluster.node(1), documents.subList(DOCUMENTS + 1, DOCUMENTS + 2));
      Map<String, String> after = hits(cluster.node(1), search);
      assertEquals(DOCUMENTS + 2, after.size());
      assertEquals(after, hits(cluster.node(0), search));
      before.forEach((id, hit) -> assertEquals(hit, after.get(id), id));
      JsonNode stats = cluster.node(1).get("/_plugins/_rapidin/stats");
      assertEquals(2, stats.path("_nodes").path("successful").asInt(), stats::toPrettyString);
    }
  }

  private static String search() throws Exception {
    DemoGeneration generation =
        DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
    ObjectNode search = generation.search(null, true, 100);
    return search.toString();
  }

  private static void index(TestNode node, List<ObjectNode> documents) throws Exception {
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
  }

  private static void awaitGreen(TestNode node) throws Exception {
    node.get("/_cluster/health?wait_for_status=green&wait_for_nodes=2&timeout=60s");
  }

  /** id → score and all influences of the hit. */
  private static Map<String, String> hits(TestNode node, String search) throws Exception {
    Map<String, String> hits = new LinkedHashMap<>();
    for (JsonNode hit : node.post("/train/_search", search).path("hits").path("hits")) {
      hits.put(hit.path("_id").asText(), hit.path("_score") + " " + hit.path("fields"));
    }
    return hits;
  }
}
