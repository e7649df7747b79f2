package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.distribution.SearchedDocuments.INDEX;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
  void whatCannotBeExplainedIsRefused() throws Exception {
    assertRefused(404, "nobody", asking(influence("")), "no document [nobody] with a gradient");
    assertRefused(400, "1", "{\"query\":{\"match_all\":{}}}", "takes an [influence] query");
    assertRefused(400, "1", asking(influence(",\"mode\":\"candidates\",\"k\":5")), "leave it out");
    assertRefused(400, "1", asking(influence(",\"tokns\":\"a\"")), "does not know [tokns]");
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
                  "several documents [%s], in [%s, %s]: name one index".formatted(id, INDEX, copy)),
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
