package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot restored on a node that has neither the model nor the attributor. */
class RestoreWithoutModelIT {
  @TempDir private Path work;

  @Test
  void row32StoredVectorsAndWordsAnswerAndATextIsRefusedWithTheReason() throws Exception {
    Path snapshots = Files.createDirectory(work.resolve("snapshots"));
    Map<String, String> settings = Map.of("path.repo", snapshots.toString());
    List<ObjectNode> documents = TestNode.documents(10);
    float[] query;
    Map<String, Double> before;
    try (TestNode node = TestNode.start(work.resolve("first"), "1g", settings)) {
      node.createDemoIndex();
      node.post("/train/_bulk?refresh=true", TestNode.bulk(documents));
      query = node.vectors(List.of(TestNode.sample(documents.getFirst()))).getFirst();
      before = influences(node, query);
      register(node, snapshots);
      node.put(
          "/_snapshot/backup/one?wait_for_completion=true",
          "{\"indices\": \"train\", \"include_global_state\": false}");
    }
    try (TestNode node = TestNode.startWithoutModels(work.resolve("second"), "1g", settings)) {
      register(node, snapshots);
      node.post(
          "/_snapshot/backup/one/_restore?wait_for_completion=true",
          "{\"index_settings\": {\"index.number_of_replicas\": 0},"
              + " \"ignore_index_settings\": [\"index.default_pipeline\"]}");
      assertEquals(before, influences(node, query));
      JsonNode words =
          node.post(
              "/train/_search", "{\"query\": {\"match_all\": {}}, \"track_total_hits\": true}");
      assertEquals(10, words.path("hits").path("total").path("value").asInt());
      ApiException refusal =
          node.refused(
              "POST",
              "/train/_search",
              "{\"query\": {\"influence\": {\"gradient\":"
                  + " {\"prompt\": \"User: Where? \", \"completion\": \"Here.\"}}}}");
      assertTrue(refusal.status() == 400 || refusal.status() == 503, refusal.getMessage());
      assertTrue(refusal.getMessage().contains("demo"), refusal.getMessage());
    }
  }

  private static void register(TestNode node, Path snapshots) throws Exception {
    node.put(
        "/_snapshot/backup",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + snapshots + "\"}}");
  }

  private static Map<String, Double> influences(TestNode node, float[] query) throws Exception {
    ObjectNode search = TestNode.JSON.createObjectNode().put("size", 100).put("_source", false);
    search
        .putObject("query")
        .putObject("influence")
        .putObject("gradient")
        .put("vector", TestNode.base64(query));
    Map<String, Double> influences = new TreeMap<>();
    for (JsonNode hit : node.post("/train/_search", search.toString()).path("hits").path("hits")) {
      influences.put(
          hit.path("_id").asText(), hit.path("fields").path("influence").path(0).asDouble());
    }
    return influences;
  }
}
