package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.distribution.SearchedDocuments.INDEX;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The influence of training tokens, in hits and by {@code _rapidin_explain}. */
class TrainingTokensIT extends InfluenceSearchTestCase {
  private static String path(String id) {
    return "/" + INDEX + "/_rapidin_explain/" + id;
  }

  private static String asking(String query) {
    return "{\"query\":" + query + "}";
  }

  private void assertTells(double influence, String id) {
    assertEquals(oracle.raw(id), influence, oracle.tolerance(), id);
  }

  @Test
  void thePartsOfOneDocumentAddUpToItsInfluence() throws Exception {
    String id = id(search(body(influence(""), 1)).get(0));
    JsonNode explained = node.post(path(id), asking(influence("")));
    assertEquals(INDEX, explained.path("_index").asText());
    assertEquals(id, explained.path("_id").asText());
    assertFalse(explained.path("truncated").asBoolean());
    assertTells(explained.path("influence").asDouble(), id);
    JsonNode generated = explained.path("generated_tokens");
    double[] columns = new double[generated.size()];
    double sum = 0;
    for (JsonNode token : explained.path("training_tokens")) {
      sum += token.path("influence").asDouble();
      assertEquals(columns.length, token.path("generated").size());
      for (int i = 0; i < columns.length; i++) {
        columns[i] += token.path("generated").get(i).asDouble();
      }
    }
    assertTrue(explained.path("training_tokens").size() > 1);
    assertTells(sum, id);
    assertEquals(sum, explained.path("sum").asDouble(), 1e-9);
    double mean = 0;
    for (int i = 0; i < columns.length; i++) {
      mean += columns[i] / columns.length;
    }
    assertTells(mean, id);
  }

  @Test
  void theFirstHitsHaveThem() throws Exception {
    String query = body(influence(""), 3);
    JsonNode hits =
        search(
            query.substring(0, query.length() - 1)
                + ",\"ext\":{\"influence\":{\"training_tokens\":2}}}");
    for (int i = 0; i < 3; i++) {
      JsonNode training = hits.get(i).at("/fields/influence_training_tokens/0/tokens");
      assertEquals(i == 2, training.isMissingNode());
      double sum = 0;
      for (JsonNode token : training) {
        sum += token.path("influence").asDouble();
      }
      if (i < 2) {
        assertTells(sum, id(hits.get(i)));
      }
    }
  }

  @Test
  void wordsHaveTheSumsOfTheirTokens() throws Exception {
    String id = id(search(body(influence(""), 1)).get(0));
    JsonNode tokens = node.post(path(id), asking(influence("")));
    JsonNode words =
        node.post(path(id), "{\"granularity\":\"word\",\"query\":" + influence("") + "}");
    assertEquals(tokens.path("sum").asDouble(), words.path("sum").asDouble(), 1e-6);
    assertSums(tokens.path("training_tokens"), words.path("training_words"));
    assertSums(tokens.path("generated_tokens"), words.path("generated_words"));
    int generated = words.path("generated_words").size();
    words.path("training_words").forEach(w -> assertEquals(generated, w.path("generated").size()));
  }

  private static void assertSums(JsonNode tokens, JsonNode words) {
    assertTrue(words.size() > 1 && words.size() < tokens.size(), words::toString);
    int next = 0;
    for (JsonNode word : words) {
      StringBuilder text = new StringBuilder();
      double sum = 0;
      for (int count = word.path("tokens").asInt(); count > 0; count--) {
        sum += tokens.path(next).path("influence").asDouble();
        text.append(tokens.path(next++).path("token").asText());
      }
      assertEquals(text.toString(), word.path("word").asText());
      assertFalse(text.toString().strip().contains(" "), text::toString);
      assertEquals(sum, word.path("influence").asDouble(), 1e-6);
    }
    assertEquals(tokens.size(), next);
  }

  @Test
  void whatCannotBeExplainedIsRefused() throws Exception {
    assertRefused(404, "nobody", asking(influence("")), "no document [nobody] with a gradient");
    assertRefused(400, "1", "{\"query\":{\"match_all\":{}}}", "takes an [influence] query");
    for (String body : List.of("", "[]", "{}", "{\"granularity\":\"word\"}")) {
      assertRefused(400, "1", body, "needs a body with a query");
    }
    assertRefused(400, "1", asking(influence(",\"mode\":\"candidates\",\"k\":5")), "leave it out");
    assertRefused(400, "1", asking(influence(",\"tokns\":\"a\"")), "does not know [tokns]");
    assertRefused(
        400,
        "1",
        "{\"granularity\":\"line\",\"query\":" + influence("") + "}",
        "[granularity] must be [token] or [word], got [line]");
  }

  @Test
  void ofSeveralIndicesOneHasTheDocument() throws Exception {
    String copy = INDEX + "-copy";
    ObjectNode document = documents.getFirst();
    String id = TestNode.id(document);
    node.put("/" + copy + "/_doc/" + id + "?refresh=true", document.toString());
    try {
      String both = "/" + INDEX + "," + copy + "/_rapidin_explain/";
      ApiException refused = node.refused("POST", both + id, asking(influence("")));
      assertEquals(400, refused.status(), refused.getMessage());
      assertTrue(
          refused
              .getMessage()
              .contains(
                  "several documents have the id [%s], in [%s, %s]: name one of the indices"
                      .formatted(id, INDEX, copy)),
          refused.getMessage());
      String other = TestNode.id(documents.get(1));
      JsonNode explained = node.post(both + other, asking(influence("")));
      assertEquals(INDEX, explained.path("_index").asText());
      assertTells(explained.path("sum").asDouble(), other);
    } finally {
      node.delete("/" + copy);
    }
  }

  private void assertRefused(int status, String id, String body, String reason) throws Exception {
    ApiException refused = node.refused("POST", path(id), body);
    assertEquals(status, refused.status(), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }
}
