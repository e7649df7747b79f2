package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.plugin.TinyNodeTestCase;

/** Eight documents on a node with a model, and what hits say of their tokens. */
abstract class TrainingTokensTestCase extends TinyNodeTestCase {
  static final int DIMENSION = 256;
  static final String TEXT = "\"prompt\":\"what\\n\",\"completion\":\"a question\"";

  void createAll(AttributorSpec spec, String pipeline) {
    put("demo", spec);
    putPipeline("influence", pipeline);
    createIndex("train", "demo", "influence");
  }

  void createAll() {
    createAll(
        spec("tiny", DIMENSION), "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    index("instruction", "output");
  }

  void index(String first, String second) {
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < 8; i++) {
      bulk.add(
          client()
              .prepareIndex("train")
              .setId("" + i)
              .setSource(Map.of(first, "say " + i, second, "number " + i * i, "even", i % 2 == 0)));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  static SearchSourceBuilder source(String subject, boolean tokens, int first) {
    return new SearchSourceBuilder()
        .query(QueryBuilders.wrapperQuery("{\"influence\":{\"gradient\":{" + subject + "}}}"))
        .ext(List.of(new InfluenceExtBuilder(tokens, first, false)));
  }

  SearchResponse search(SearchSourceBuilder source) {
    SearchResponse response = client().prepareSearch("train").setSource(source).get();
    assertEquals(0, response.getFailedShards());
    return response;
  }

  static Map<?, ?> training(SearchHit hit) {
    return hit.field("influence_training_tokens").getValue();
  }

  static List<Map<?, ?>> tokens(SearchHit hit) {
    return maps((List<?>) training(hit).get("tokens"));
  }

  static List<Map<?, ?>> maps(List<?> values) {
    List<Map<?, ?>> maps = new ArrayList<>();
    values.forEach(value -> maps.add((Map<?, ?>) value));
    return maps;
  }

  /** Words have the sums of their tokens; a blank begins a word. */
  static void assertSums(List<Map<?, ?>> tokens, List<Map<?, ?>> words) {
    int next = 0;
    for (Map<?, ?> word : words) {
      StringBuilder text = new StringBuilder();
      double sum = 0;
      int added = 0;
      do {
        Double own = (Double) tokens.get(next).get("influence");
        sum += own == null ? 0 : own;
        added += own == null ? 0 : 1;
        text.append(tokens.get(next++).get("token"));
      } while (next < tokens.size() && !tokens.get(next).get("token").equals(" "));
      assertEquals(text.toString(), word.get("word"));
      assertEquals(added == 0 ? null : added, word.get("tokens"));
      if (added == 0) {
        assertNull(word.get("influence"));
      } else {
        assertEquals(sum, (Double) word.get("influence"), 1e-5);
      }
    }
    assertEquals(tokens.size(), next);
  }

  static double raw(SearchHit hit) {
    return ((Number) hit.field("influence").getValue()).doubleValue();
  }

  static void assertAddsUp(SearchHit hit) {
    double sum = tokens(hit).stream().mapToDouble(token -> (Double) token.get("influence")).sum();
    // Rows are stored in half precision.
    assertEquals(raw(hit), sum, 1e-3 * Math.max(1, Math.abs(raw(hit))));
  }
}
