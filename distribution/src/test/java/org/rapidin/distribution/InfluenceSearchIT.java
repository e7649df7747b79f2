package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The influence query on the real node, in every place a search team puts a query. The oracle is an
 * inner product in double of vectors that the node computed for the same texts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InfluenceSearchIT {
  private static final int DOCUMENTS = 120;

  /** Stored rows are rounded to half precision: 2^-11 of each number, averaged over 65,536. */
  private static final double ROUNDING = 2e-4;

  private TestNode node;
  private DemoGeneration generation;

  /** id → raw influence on the generation, from the oracle. */
  private final Map<String, Double> oracle = new HashMap<>();

  private double norm;
  private double scale;

  @BeforeAll
  void indexDocuments(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    node.createDemoIndex();
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS);
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
    generation = DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
    List<ObjectNode> samples = new ArrayList<>();
    samples.add(TestNode.sample(generation.prompt(), generation.completion()));
    documents.forEach(document -> samples.add(TestNode.sample(document)));
    List<float[]> vectors = node.vectors(samples);
    norm = Math.sqrt(TestNode.dot(vectors.get(0), vectors.get(0)));
    for (int i = 0; i < documents.size(); i++) {
      oracle.put(
          documents.get(i).path("id").asText(), TestNode.dot(vectors.get(0), vectors.get(i + 1)));
    }
    scale =
        node.get("/train/_mapping")
            .path("train")
            .path("mappings")
            .path("properties")
            .path("gradient")
            .path("score_scale")
            .asDouble();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void ranksByTheInnerProductOfGradients() throws Exception {
    JsonNode hits = search(body(influence(""), DOCUMENTS));
    assertEquals(DOCUMENTS, hits.size());
    assertOrder(hits, 1);
    for (JsonNode hit : hits) {
      double raw = oracle.get(id(hit));
      assertEquals(raw, raw(hit), tolerance());
      assertEquals(score(raw), hit.path("_score").asDouble(), 1e-4);
    }
  }

  @Test
  void opponentsComeInTheOppositeOrder() throws Exception {
    JsonNode hits = search(body(influence(", \"direction\": \"opponents\""), DOCUMENTS));
    assertOrder(hits, -1);
    assertEquals(oracle.get(id(hits.get(0))), raw(hits.get(0)), tolerance());
  }

  @Test
  void addsToTheScoreOfWordsInBool() throws Exception {
    String words = "{\"match\": {\"output\": \"the\"}}";
    Map<String, Double> bm25 = scores(search(body(words, DOCUMENTS)));
    String bool = "{\"bool\": {\"must\": [%s], \"should\": [%s]}}".formatted(influence(""), words);
    for (JsonNode hit : search(body(bool, DOCUMENTS))) {
      double wanted = score(oracle.get(id(hit))) + bm25.getOrDefault(id(hit), 0.0);
      assertEquals(wanted, hit.path("_score").asDouble(), 1e-3);
    }
  }

  @Test
  void rescoresTheBestByWords() throws Exception {
    String words = "{\"match\": {\"output\": \"the\"}}";
    Map<String, Double> bm25 = scores(search(body(words, DOCUMENTS)));
    JsonNode hits =
        search(
            """
            {"size": 20, "query": %s, "rescore": {"window_size": 20, "query": {
              "rescore_query": %s, "query_weight": 0.0, "rescore_query_weight": 1.0}}}
            """
                .formatted(words, influence("")));
    assertEquals(Math.min(20, bm25.size()), hits.size());
    assertOrder(hits, 1);
    assertEquals(oracle.get(id(hits.get(0))), raw(hits.get(0)), tolerance());
  }

  @Test
  void functionScoreMultipliesIt() throws Exception {
    JsonNode hits =
        search(
            """
            {"size": 20, "query": {"function_score": {"query": %s, "weight": 3.0}}}
            """
                .formatted(influence("")));
    for (JsonNode hit : hits) {
      assertEquals(3 * score(oracle.get(id(hit))), hit.path("_score").asDouble(), 1e-3);
      assertEquals(oracle.get(id(hit)), raw(hit), tolerance());
    }
  }

  @Test
  void filtersBeforeItRanks() throws Exception {
    JsonNode hits =
        search(body(influence(", \"filter\": {\"term\": {\"poisoned\": true}}"), DOCUMENTS));
    assertTrue(hits.size() > 0 && hits.size() < DOCUMENTS);
    for (JsonNode hit : hits) {
      assertTrue(hit.path("_source").path("poisoned").asBoolean());
    }
    assertOrder(hits, 1);
  }

  @Test
  void aggregatesHighlightsAndCollapses() throws Exception {
    JsonNode answer =
        node.post(
            "/train/_search",
            """
            {"size": 50, "query": {"bool": {"must": [%s], "should": [{"match": {"output": "the"}}]}},
             "collapse": {"field": "topic"}, "highlight": {"fields": {"output": {}}},
             "aggs": {"topics": {"terms": {"field": "topic", "size": 100}}}}
            """
                .formatted(influence("")));
    JsonNode hits = answer.path("hits").path("hits");
    JsonNode buckets = answer.path("aggregations").path("topics").path("buckets");
    assertEquals(buckets.size(), hits.size());
    int documents = 0;
    for (JsonNode bucket : buckets) {
      documents += bucket.path("doc_count").asInt();
    }
    assertEquals(DOCUMENTS, documents);
    assertTrue(hits.findValues("highlight").toString().contains("<em>"));
  }

  @Test
  void pagesByFromAndBySearchAfterWithoutLossOrRepetition() throws Exception {
    List<String> all = ids(search(body(influence(""), DOCUMENTS)));
    List<String> paged = new ArrayList<>();
    for (int from = 0; from < DOCUMENTS; from += 50) {
      paged.addAll(
          ids(search("{\"from\":%d,\"size\":50,\"query\":%s}".formatted(from, influence("")))));
    }
    assertEquals(all, paged);
    assertEquals(new TreeSet<>(all), new TreeSet<>(searchAfter()));
  }

  private List<String> searchAfter() throws Exception {
    List<String> found = new ArrayList<>();
    String after = "";
    while (true) {
      JsonNode hits =
          search(
              "{\"size\":37,\"query\":%s,\"track_scores\":true,\"sort\":[\"_score\",\"topic\",\"_doc\"]%s}"
                  .formatted(influence(""), after));
      if (hits.isEmpty()) {
        return found;
      }
      assertOrder(hits, 1);
      found.addAll(ids(hits));
      after = ",\"search_after\":" + hits.get(hits.size() - 1).path("sort");
    }
  }

  @Test
  void answersInMsearchExplainAndValidate() throws Exception {
    String query = "{\"query\":" + influence("").replace("\n", " ") + ",\"size\":3}";
    JsonNode several =
        node.post(
            "/_msearch",
            "{\"index\":\"train\"}\n" + query + "\n{\"index\":\"train\"}\n" + query + "\n");
    assertEquals(
        ids(several.path("responses").get(0).path("hits").path("hits")),
        ids(several.path("responses").get(1).path("hits").path("hits")));
    String best = id(search(body(influence(""), 1)).get(0));
    JsonNode explained = node.post("/train/_explain/" + best, "{\"query\":" + influence("") + "}");
    assertEquals(
        score(oracle.get(best)), explained.path("explanation").path("value").asDouble(), 1e-4);
    assertTrue(explained.toString().contains("inner product"), explained::toPrettyString);
    assertTrue(explained.toString().contains("fingerprint"), explained::toPrettyString);
    JsonNode valid = node.post("/train/_validate/query", "{\"query\":" + influence("") + "}");
    assertTrue(valid.path("valid").asBoolean(), valid::toPrettyString);
  }

  @Test
  void namesTheInfluenceOfNamedQueries() throws Exception {
    JsonNode hits = search(body(influence(", \"_name\": \"fact\", \"boost\": 2.0"), 5));
    for (JsonNode hit : hits) {
      double raw = oracle.get(id(hit));
      assertEquals(raw, hit.path("fields").path("influence.fact").path(0).asDouble(), tolerance());
      assertEquals(2 * score(raw), hit.path("_score").asDouble(), 1e-3);
      assertEquals("fact", hit.path("matched_queries").path(0).asText());
    }
  }

  @Test
  void tokenInfluencesAverageToTheDocumentsInfluence() throws Exception {
    JsonNode hits =
        search(
            "{\"size\":3,\"query\":%s,\"ext\":{\"influence\":{\"tokens\":true}}}"
                .formatted(influence("")));
    for (JsonNode hit : hits) {
      JsonNode tokens = hit.path("fields").path("influence_tokens");
      double sum = 0;
      for (JsonNode token : tokens) {
        sum += token.path("influence").asDouble();
      }
      assertEquals(raw(hit), sum / tokens.size(), tolerance());
    }
  }

  @Test
  void scoresByARawVectorAsByItsText() throws Exception {
    JsonNode vectorized =
        node.post(
            "/_plugins/_rapidin/attributors/demo/_vectorize",
            TestNode.JSON
                .createObjectNode()
                .set(
                    "samples",
                    TestNode.JSON
                        .createArrayNode()
                        .add(TestNode.sample(generation.prompt(), generation.completion())))
                .toString());
    String vector = vectorized.path("vectors").path(0).path("vector").asText();
    String query = "{\"influence\":{\"gradient\":{\"vector\":\"" + vector + "\"}}}";
    assertEquals(ids(search(body(influence(""), 20))), ids(search(body(query, 20))));
  }

  @Test
  void existsFindsWhatHasAVectorAndSourceNeverHoldsIt() throws Exception {
    JsonNode hits = search(body("{\"exists\":{\"field\":\"gradient\"}}", DOCUMENTS));
    assertEquals(DOCUMENTS, hits.size());
    for (JsonNode hit : hits) {
      assertTrue(hit.path("_source").path("gradient").isMissingNode());
    }
  }

  private String influence(String more) {
    ObjectNode texts = TestNode.sample(generation.prompt(), generation.completion());
    String fields = texts.toString();
    return "{\"influence\":{\"gradient\":"
        + fields.substring(0, fields.length() - 1)
        + more
        + "}}}";
  }

  private static String body(String query, int size) {
    return "{\"size\":" + size + ",\"query\":" + query + "}";
  }

  private JsonNode search(String body) throws Exception {
    return node.post("/train/_search", body).path("hits").path("hits");
  }

  private void assertOrder(JsonNode hits, int sign) {
    List<String> wanted = new ArrayList<>(ids(hits));
    wanted.sort(Comparator.comparingDouble(id -> -sign * oracle.get(id)));
    for (int i = 0; i < hits.size(); i++) {
      // Neighbours nearer than the rounding may be swapped.
      assertEquals(oracle.get(wanted.get(i)), oracle.get(id(hits.get(i))), tolerance());
    }
  }

  private double tolerance() {
    return ROUNDING * norm * scale;
  }

  private double score(double raw) {
    double x = raw / (norm * scale);
    return 1 + x / (1 + Math.abs(x));
  }

  private static double raw(JsonNode hit) {
    return hit.path("fields").path("influence").path(0).asDouble();
  }

  private static String id(JsonNode hit) {
    return hit.path("_id").asText();
  }

  private static List<String> ids(JsonNode hits) {
    List<String> ids = new ArrayList<>();
    hits.forEach(hit -> ids.add(id(hit)));
    return ids;
  }

  private static Map<String, Double> scores(JsonNode hits) {
    Map<String, Double> scores = new HashMap<>();
    hits.forEach(hit -> scores.put(id(hit), hit.path("_score").asDouble()));
    return scores;
  }
}
