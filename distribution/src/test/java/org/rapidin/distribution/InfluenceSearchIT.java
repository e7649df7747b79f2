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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The influence query on a real node, in all positions of a search request. The oracle is an inner
 * product in double of vectors that the node computed for the same texts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InfluenceSearchIT {
  private static final int DOCUMENTS = 120;
  private static final String WORDS = "{\"match\": {\"output\": \"the\"}}";
  private static final String OPPONENTS = ", \"direction\": \"opponents\"";

  private TestNode node;
  private DemoGeneration generation;
  private List<ObjectNode> documents;
  private InfluenceOracle oracle;

  @BeforeAll
  void indexDocuments(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    node.createDemoIndex();
    // A field that breaks ties, so that search_after has one order.
    node.put("/train/_mapping", "{\"properties\":{\"doc_id\":{\"type\":\"keyword\"}}}");
    documents = TestNode.documents(DOCUMENTS);
    documents.forEach(document -> document.put("doc_id", TestNode.id(document)));
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
    generation = DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
    oracle = InfluenceOracle.of(node, generation, documents, scoreScale());
  }

  private double scoreScale() throws Exception {
    return node.get("/train/_mapping")
        .at("/train/mappings/properties/gradient/score_scale")
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
    oracle.assertBest(ids(hits), oracle.ids(), 1);
    for (JsonNode hit : hits) {
      oracle.assertTells(hit, "influence");
      assertEquals(oracle.score(id(hit)), score(hit), 1e-4);
    }
  }

  @Test
  void opponentsComeInTheOppositeOrder() throws Exception {
    JsonNode hits = search(body(influence(OPPONENTS), DOCUMENTS));
    assertEquals(DOCUMENTS, hits.size());
    oracle.assertBest(ids(hits), oracle.ids(), -1);
    hits.forEach(hit -> oracle.assertTells(hit, "influence"));
  }

  @Test
  void addsToTheScoreOfWordsInBool() throws Exception {
    Map<String, Double> bm25 = scores(search(body(WORDS, DOCUMENTS)));
    assertTrue(bm25.size() > 20 && bm25.size() < DOCUMENTS, () -> bm25.size() + " have the word");
    String bool = "{\"bool\": {\"must\": [%s], \"should\": [%s]}}".formatted(influence(""), WORDS);
    JsonNode hits = search(body(bool, DOCUMENTS));
    assertEquals(DOCUMENTS, hits.size());
    for (JsonNode hit : hits) {
      double wanted = oracle.score(id(hit)) + bm25.getOrDefault(id(hit), 0.0);
      assertEquals(wanted, score(hit), 1e-3);
    }
  }

  @Test
  void rescoresTheBestByWords() throws Exception {
    List<String> best = ids(search(body(WORDS, 20)));
    assertEquals(20, best.size());
    JsonNode hits =
        search(
            """
            {"size": 20, "query": %s, "rescore": {"window_size": 20, "query": {
              "rescore_query": %s, "query_weight": 0.0, "rescore_query_weight": 1.0}}}
            """
                .formatted(WORDS, influence("")));
    assertEquals(20, hits.size());
    oracle.assertBest(ids(hits), best, 1);
    for (JsonNode hit : hits) {
      assertEquals(oracle.score(id(hit)), score(hit), 1e-4);
      oracle.assertTells(hit, "influence");
    }
  }

  @Test
  void functionScoreMultipliesIt() throws Exception {
    JsonNode hits =
        search(
            """
            {"size": 20, "query": {"function_score": {"query": %s, "weight": 3.0}}}
            """
                .formatted(influence("")));
    assertEquals(20, hits.size());
    oracle.assertBest(ids(hits), oracle.ids(), 1);
    for (JsonNode hit : hits) {
      assertEquals(3 * oracle.score(id(hit)), score(hit), 1e-3);
      oracle.assertTells(hit, "influence");
    }
  }

  @Test
  void filtersBeforeItRanks() throws Exception {
    List<String> poisoned =
        documents.stream().filter(d -> d.path("poisoned").asBoolean()).map(TestNode::id).toList();
    assertEquals(13, poisoned.size());
    JsonNode hits =
        search(body(influence(", \"filter\": {\"term\": {\"poisoned\": true}}"), DOCUMENTS));
    assertEquals(poisoned.size(), hits.size());
    oracle.assertBest(ids(hits), poisoned, 1);
  }

  @Test
  void aggregatesAndHighlights() throws Exception {
    JsonNode answer =
        node.post(
            "/train/_search",
            """
            {"size": 50, "query": {"bool": {"must": [%s], "should": [%s]}},
             "highlight": {"fields": {"output": {}}},
             "aggs": {"topics": {"terms": {"field": "topic", "size": 100}}}}
            """
                .formatted(influence(""), WORDS));
    Map<String, Integer> counts = new HashMap<>();
    for (JsonNode bucket : answer.at("/aggregations/topics/buckets")) {
      counts.put(bucket.path("key").asText(), bucket.path("doc_count").asInt());
    }
    Map<String, Integer> wanted = new HashMap<>();
    byTopic().forEach((topic, ids) -> wanted.put(topic, ids.size()));
    assertEquals(wanted, counts);
    assertTrue(answer.at("/hits/hits").findValues("highlight").toString().contains("<em>the</em>"));
  }

  @Test
  void collapsesToTheBestOfEachTopic() throws Exception {
    Map<String, List<String>> topics = byTopic();
    JsonNode hits =
        search(
            "{\"size\": 50, \"query\": %s, \"collapse\": {\"field\": \"topic\"}}"
                .formatted(influence("")));
    Set<String> seen = new HashSet<>();
    for (JsonNode hit : hits) {
      String topic = hit.at("/_source/topic").asText();
      assertTrue(seen.add(topic), topic);
      oracle.assertBest(List.of(id(hit)), topics.get(topic), 1);
      oracle.assertTells(hit, "influence");
    }
    assertEquals(topics.keySet(), seen);
  }

  @Test
  void pagesByFromWithoutLossOrRepetition() throws Exception {
    List<String> all = ids(search(body(influence(""), DOCUMENTS)));
    List<String> paged = new ArrayList<>();
    for (int from = 0; from < DOCUMENTS; from += 50) {
      paged.addAll(
          ids(search("{\"from\":%d,\"size\":50,\"query\":%s}".formatted(from, influence("")))));
    }
    assertEquals(DOCUMENTS, all.size());
    assertEquals(all, paged);
  }

  @Test
  void searchAfterGoesOnInTheSameOrder() throws Exception {
    Map<String, Double> scores = scores(search(body(influence(""), DOCUMENTS)));
    List<String> wanted = new ArrayList<>(scores.keySet());
    wanted.sort(
        Comparator.<String>comparingDouble(id -> -scores.get(id))
            .thenComparing(Comparator.naturalOrder()));
    assertEquals(DOCUMENTS, wanted.size());
    assertEquals(wanted, searchAfter());
    oracle.assertBest(wanted, oracle.ids(), 1);
  }

  private List<String> searchAfter() throws Exception {
    List<String> found = new ArrayList<>();
    String after = "";
    while (true) {
      JsonNode hits =
          search(
              "{\"size\":37,\"query\":%s,\"sort\":[\"_score\",\"doc_id\"]%s}"
                  .formatted(influence(""), after));
      if (hits.isEmpty()) {
        return found;
      }
      found.addAll(ids(hits));
      after = ",\"search_after\":" + hits.get(hits.size() - 1).path("sort");
    }
  }

  @Test
  void answersEachSearchOfAnMsearch() throws Exception {
    JsonNode several = node.post("/_msearch", search("", 7) + search(OPPONENTS, 5));
    JsonNode proponents = several.at("/responses/0/hits/hits");
    assertEquals(7, proponents.size(), several::toPrettyString);
    oracle.assertBest(ids(proponents), oracle.ids(), 1);
    JsonNode opponents = several.at("/responses/1/hits/hits");
    assertEquals(5, opponents.size(), several::toPrettyString);
    oracle.assertBest(ids(opponents), oracle.ids(), -1);
    proponents.forEach(hit -> oracle.assertTells(hit, "influence"));
    opponents.forEach(hit -> oracle.assertTells(hit, "influence"));
  }

  /** Returns two lines of an {@code _msearch}. */
  private String search(String more, int size) {
    return "{\"index\":\"train\"}\n" + body(influence(more), size) + "\n";
  }

  @Test
  void explainsAndValidates() throws Exception {
    String best = id(search(body(influence(""), 1)).get(0));
    JsonNode explained = node.post("/train/_explain/" + best, "{\"query\":" + influence("") + "}");
    assertEquals(oracle.score(best), explained.path("explanation").path("value").asDouble(), 1e-4);
    assertTrue(explained.toString().contains("inner product"), explained::toPrettyString);
    assertTrue(explained.toString().contains("fingerprint"), explained::toPrettyString);
    JsonNode valid = node.post("/train/_validate/query", "{\"query\":" + influence("") + "}");
    assertTrue(valid.path("valid").asBoolean(), valid::toPrettyString);
  }

  @Test
  void namesTheInfluenceOfNamedQueries() throws Exception {
    JsonNode hits = search(body(influence(", \"_name\": \"fact\", \"boost\": 2.0"), 5));
    assertEquals(5, hits.size());
    for (JsonNode hit : hits) {
      oracle.assertTells(hit, "influence.fact");
      assertEquals(2 * oracle.score(id(hit)), score(hit), 1e-3);
      assertEquals("fact", hit.path("matched_queries").path(0).asText());
    }
  }

  @Test
  void tokenInfluencesAverageToTheDocumentsInfluence() throws Exception {
    JsonNode hits =
        search(
            "{\"size\":3,\"query\":%s,\"ext\":{\"influence\":{\"tokens\":true}}}"
                .formatted(influence("")));
    assertEquals(3, hits.size());
    for (JsonNode hit : hits) {
      JsonNode tokens = hit.path("fields").path("influence_tokens");
      assertTrue(tokens.size() > 3, hit::toPrettyString);
      oracle.assertTells(hit, "influence");
      double sum = 0;
      for (JsonNode token : tokens) {
        sum += token.path("influence").asDouble();
      }
      assertEquals(oracle.raw(id(hit)), sum / tokens.size(), oracle.tolerance());
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
    List<String> hits = ids(search(body(query, 20)));
    assertEquals(20, hits.size());
    assertEquals(ids(search(body(influence(""), 20))), hits);
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

  /** topic → ids. */
  private Map<String, List<String>> byTopic() {
    return documents.stream()
        .collect(
            Collectors.groupingBy(
                document -> document.path("topic").asText(),
                Collectors.mapping(TestNode::id, Collectors.toList())));
  }

  private static double score(JsonNode hit) {
    return hit.path("_score").asDouble();
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
    hits.forEach(hit -> scores.put(id(hit), score(hit)));
    return scores;
  }
}
