package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Queries in candidates mode on gradients of the demo's model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SharedNode.class)
class CandidatesIT {
  private static final int DOCUMENTS = 200;
  private static final int TOP = 10;
  private static final String INDEX =
      """
      {"settings": {"index.codec": "rapidin", "default_pipeline": "influence",
         "number_of_shards": 1, "number_of_replicas": 0},
       "mappings": {"properties": {"gradient": {"type": "gradient_vector", "attributor": "demo",
         "index_options": {"candidates": "sign_bits"}}}}}
      """;

  private TestNode node;
  private DemoGeneration generation;

  @BeforeAll
  void indexDocuments(TestNode shared) throws Exception {
    node = shared;
    node.put("/coded", INDEX);
    node.put("/graphs", INDEX.replace("sign_bits", "hnsw"));
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS);
    for (String index : List.of("coded", "graphs")) {
      for (int from = 0; from < DOCUMENTS; from += DOCUMENTS / 2) {
        String bulk = TestNode.bulk(documents.subList(from, from + DOCUMENTS / 2));
        JsonNode answer = node.post("/" + index + "/_bulk?refresh=true", bulk);
        assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
      }
    }
    generation = DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
  }

  @AfterAll
  void deleteTheIndex() throws Exception {
    node.delete("/coded");
    node.delete("/graphs");
  }

  @Test
  void theBestDocumentsAreFoundWithTheirExactScores() throws Exception {
    for (String index : List.of("coded", "graphs")) {
      assertFindsTheBest(index);
      node.post("/" + index + "/_forcemerge?max_num_segments=1", null);
      node.post("/" + index + "/_refresh", null);
      assertFindsTheBest(index);
    }
  }

  @Test
  void theStatisticsCountHowCandidatesWereChosen() throws Exception {
    JsonNode before = node.get("/_plugins/_rapidin/stats").path("nodes").elements().next();
    assertFalse(before.at("/cpu_scans/kernels").asText().isEmpty(), before::toString);
    assertFindsTheBest("coded");
    JsonNode after = node.get("/_plugins/_rapidin/stats").path("nodes").elements().next();
    int scans =
        after.at("/candidates/scanned_code_segments").asInt()
            - before.at("/candidates/scanned_code_segments").asInt();
    assertTrue(scans > 0, after::toString);
    // Of a segment with 200 documents there is no graph.
    assertEquals(0, after.at("/candidates/searched_graphs").asInt(-1), after::toString);
  }

  private void assertFindsTheBest(String index) throws Exception {
    Map<String, Double> exact = scores(index, generation.search(null, false, DOCUMENTS));
    assertEquals(DOCUMENTS, exact.size());
    ObjectNode search = generation.search(null, false, TOP);
    ((ObjectNode) search.at("/query/influence/gradient"))
        .put("mode", "candidates")
        .put("k", TOP)
        .put("oversample", 4);
    Map<String, Double> found = scores(index, search);
    assertEquals(TOP, found.size());
    double worst = found.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    found.forEach((id, score) -> assertEquals(exact.get(id), score, 1e-6));
    long missed =
        exact.entrySet().stream()
            .filter(each -> each.getValue() > worst && !found.containsKey(each.getKey()))
            .count();
    assertTrue(missed <= 1, missed + " documents are better than the worst that was found");
  }

  private Map<String, Double> scores(String index, ObjectNode search) throws Exception {
    Map<String, Double> scores = new HashMap<>();
    for (JsonNode hit : node.post("/" + index + "/_search", search.toString()).at("/hits/hits")) {
      scores.put(hit.path("_id").asText(), hit.path("_score").asDouble());
    }
    return scores;
  }
}
