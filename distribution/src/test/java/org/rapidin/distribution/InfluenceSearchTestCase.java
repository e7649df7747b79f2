package org.rapidin.distribution;

import static org.rapidin.distribution.SearchedDocuments.INDEX;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The influence query on a real node. The oracle is an inner product in double of vectors that the
 * node computed for the same texts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SearchedDocuments.Resolver.class)
abstract class InfluenceSearchTestCase {
  static final String OPPONENTS = ", \"direction\": \"opponents\"";

  TestNode node;
  DemoGeneration generation;
  List<ObjectNode> documents;
  InfluenceOracle oracle;

  @BeforeAll
  void take(SearchedDocuments searched) {
    node = searched.node();
    generation = searched.generation();
    documents = searched.documents();
    oracle = searched.oracle();
  }

  String influence(String more) {
    ObjectNode texts = TestNode.sample(generation.prompt(), generation.completion());
    String fields = texts.toString();
    return "{\"influence\":{\"gradient\":"
        + fields.substring(0, fields.length() - 1)
        + more
        + "}}}";
  }

  static String body(String query, int size) {
    return "{\"size\":" + size + ",\"query\":" + query + "}";
  }

  JsonNode search(String body) throws Exception {
    return node.post("/" + INDEX + "/_search", body).path("hits").path("hits");
  }

  static double score(JsonNode hit) {
    return hit.path("_score").asDouble();
  }

  static String id(JsonNode hit) {
    return hit.path("_id").asText();
  }

  static List<String> ids(JsonNode hits) {
    List<String> ids = new ArrayList<>();
    hits.forEach(hit -> ids.add(id(hit)));
    return ids;
  }

  static Map<String, Double> scores(JsonNode hits) {
    Map<String, Double> scores = new HashMap<>();
    hits.forEach(hit -> scores.put(id(hit), score(hit)));
    return scores;
  }
}
