package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.distribution.SearchedDocuments.COUNT;
import static org.rapidin.distribution.SearchedDocuments.INDEX;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The influence query inside other queries, and next to other parts of a search request. */
class InfluenceCompositionIT extends InfluenceSearchTestCase {
  private static final String WORDS = "{\"match\": {\"output\": \"the\"}}";

  @Test
  void addsToTheScoreOfWordsInBool() throws Exception {
    Map<String, Double> bm25 = scores(search(body(WORDS, COUNT)));
    assertTrue(bm25.size() > 20 && bm25.size() < COUNT, () -> bm25.size() + " have the word");
    String bool = "{\"bool\": {\"must\": [%s], \"should\": [%s]}}".formatted(influence(""), WORDS);
    JsonNode hits = search(body(bool, COUNT));
    assertEquals(COUNT, hits.size());
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
        search(body(influence(", \"filter\": {\"term\": {\"poisoned\": true}}"), COUNT));
    assertEquals(poisoned.size(), hits.size());
    oracle.assertBest(ids(hits), poisoned, 1);
  }

  @Test
  void aggregatesAndHighlights() throws Exception {
    JsonNode answer =
        node.post(
            "/" + INDEX + "/_search",
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
    List<String> all = ids(search(body(influence(""), COUNT)));
    List<String> paged = new ArrayList<>();
    for (int from = 0; from < COUNT; from += 50) {
      paged.addAll(
          ids(search("{\"from\":%d,\"size\":50,\"query\":%s}".formatted(from, influence("")))));
    }
    assertEquals(COUNT, all.size());
    assertEquals(all, paged);
  }

  @Test
  void searchAfterGoesOnInTheSameOrder() throws Exception {
    Map<String, Double> scores = scores(search(body(influence(""), COUNT)));
    List<String> wanted = new ArrayList<>(scores.keySet());
    wanted.sort(
        Comparator.<String>comparingDouble(id -> -scores.get(id))
            .thenComparing(Comparator.naturalOrder()));
    assertEquals(COUNT, wanted.size());
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

  /** topic → ids. */
  private Map<String, List<String>> byTopic() {
    return documents.stream()
        .collect(
            Collectors.groupingBy(
                document -> document.path("topic").asText(),
                Collectors.mapping(TestNode::id, Collectors.toList())));
  }
}
