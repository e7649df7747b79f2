package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.distribution.SearchedDocuments.COUNT;
import static org.rapidin.distribution.SearchedDocuments.INDEX;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What an influence query answers: order, scores, raw values, influences on tokens, explanations.
 */
class InfluenceSearchIT extends InfluenceSearchTestCase {

  @Test
  void ranksByTheInnerProductOfGradients() throws Exception {
    JsonNode hits = search(body(influence(""), COUNT));
    assertEquals(COUNT, hits.size());
    oracle.assertBest(ids(hits), oracle.ids(), 1);
    for (JsonNode hit : hits) {
      oracle.assertTells(hit, "influence");
      assertEquals(oracle.score(id(hit)), score(hit), 1e-4);
    }
  }

  @Test
  void opponentsComeInTheOppositeOrder() throws Exception {
    JsonNode hits = search(body(influence(OPPONENTS), COUNT));
    assertEquals(COUNT, hits.size());
    oracle.assertBest(ids(hits), oracle.ids(), -1);
    hits.forEach(hit -> oracle.assertTells(hit, "influence"));
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
    return "{\"index\":\"" + INDEX + "\"}\n" + body(influence(more), size) + "\n";
  }

  @Test
  void explainsAndValidates() throws Exception {
    String best = id(search(body(influence(""), 1)).get(0));
    JsonNode explained =
        node.post("/" + INDEX + "/_explain/" + best, "{\"query\":" + influence("") + "}");
    assertEquals(oracle.score(best), explained.path("explanation").path("value").asDouble(), 1e-4);
    assertTrue(explained.toString().contains("inner product"), explained::toPrettyString);
    assertTrue(explained.toString().contains("fingerprint"), explained::toPrettyString);
    JsonNode valid =
        node.post("/" + INDEX + "/_validate/query", "{\"query\":" + influence("") + "}");
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
    JsonNode hits = search(body("{\"exists\":{\"field\":\"gradient\"}}", COUNT));
    assertEquals(COUNT, hits.size());
    for (JsonNode hit : hits) {
      assertTrue(hit.path("_source").path("gradient").isMissingNode());
    }
  }
}
