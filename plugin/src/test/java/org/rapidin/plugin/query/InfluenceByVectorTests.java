package org.rapidin.plugin.query;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.search.SearchHit;

/** The query by raw vector, alone and inside other queries, against a plain double oracle. */
public class InfluenceByVectorTests extends InfluenceByVectorTestCase {
  public void testAllVectorsAreRankedByTheirExactInfluence() {
    SearchResponse response = search("{\"size\": 100, \"query\": " + byVector(QUERY) + "}");
    assertEquals(WITH_VECTOR, response.getHits().getTotalHits().value());
    assertEquals(ranked(score), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(score(QUERY, hit.getId()), hit.getScore(), TOLERANCE);
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
      assertFalse(hit.getSourceAsMap().containsKey("gradient"));
    }
  }

  public void testOpponentsRankTheOtherWayRoundAndKeepTheirSign() {
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": " + byVector(QUERY, "\"direction\": \"opponents\"") + "}");
    assertEquals(ranked(id -> -raw(QUERY, id)), ids(response));
    SearchHit worst = response.getHits().getAt(0);
    assertEquals(2 - score(QUERY, worst.getId()), worst.getScore(), TOLERANCE);
    assertEquals(raw(QUERY, worst.getId()), value(worst, "influence"), 1e-3);
  }

  public void testFilterInsideAndOutsideAreTheSame() {
    List<String> wanted = ranked(score).stream().filter(id -> number(id) % 2 == 0).toList();
    String term = "{\"term\": {\"lang\": \"en\"}}";
    assertEquals(
        wanted,
        ids(search("{\"size\": 100, \"query\": " + byVector(QUERY, "\"filter\": " + term) + "}")));
    assertEquals(
        wanted,
        ids(
            search(
                "{\"size\": 100, \"query\": {\"bool\": {\"must\": "
                    + byVector(QUERY)
                    + ", \"filter\": "
                    + term
                    + "}}}")));
  }

  public void testBoolAddsInfluenceToBm25() {
    String match = "{\"match\": {\"title\": \"alpha\"}}";
    Map<String, Double> bm25 = new LinkedHashMap<>();
    for (SearchHit hit : search("{\"size\": 100, \"query\": " + match + "}").getHits()) {
      bm25.put(hit.getId(), (double) hit.getScore());
    }
    ToDoubleFunction<String> sum = id -> score(QUERY, id) * 2 + bm25.getOrDefault(id, 0.0);
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": {\"bool\": {\"must\": "
                + byVector(QUERY, "\"boost\": 2")
                + ", \"should\": "
                + match
                + "}}}");
    assertEquals(ranked(sum), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(sum.applyAsDouble(hit.getId()), hit.getScore(), TOLERANCE * 4);
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
    }
  }

  public void testRescoreReordersByInfluence() {
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": {\"constant_score\": {\"filter\": {\"exists\":"
                + " {\"field\": \"gradient\"}}}}, \"rescore\": {\"window_size\": 100, \"query\":"
                + " {\"rescore_query\": "
                + byVector(QUERY)
                + ", \"query_weight\": 0.5, \"rescore_query_weight\": 3}}}");
    assertEquals(ranked(score), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(0.5 + 3 * score(QUERY, hit.getId()), hit.getScore(), TOLERANCE * 4);
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
    }
  }

  public void testFunctionScoreMultipliesInfluence() {
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": {\"function_score\": {\"query\": "
                + byVector(QUERY)
                + ", \"field_value_factor\": {\"field\": \"n\"}}}}");
    ToDoubleFunction<String> product = id -> score(QUERY, id) * (number(id) + 1);
    assertEquals(ranked(product), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(product.applyAsDouble(hit.getId()), hit.getScore(), TOLERANCE * 60);
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
    }
  }

  public void testWrappersDoNotHideTheRawInfluence() {
    String query = byVector(QUERY);
    for (String wrapped :
        List.of(
            "{\"constant_score\": {\"filter\": " + query + "}}",
            "{\"dis_max\": {\"queries\": [" + query + "]}}",
            "{\"boosting\": {\"positive\": "
                + query
                + ", \"negative\": {\"match_none\": {}},"
                + " \"negative_boost\": 0.5}}",
            "{\"bool\": {\"filter\": " + query + "}}",
            "{\"bool\": {\"must\": {\"match_all\": {}}, \"should\": " + query + "}}")) {
      SearchHit hit =
          search(
                  "{\"query\": {\"bool\": {\"must\": "
                      + wrapped
                      + ", \"filter\": {\"term\":"
                      + " {\"key\": \"doc-08\"}}}}}")
              .getHits()
              .getAt(0);
      assertEquals(raw(QUERY, "doc-08"), value(hit, "influence"), 1e-3);
    }
  }

  public void testDeletedAndReplacedVectorsNeverScore() {
    String best = ranked(score).get(0);
    String second = ranked(score).get(1);
    client()
        .delete(new DeleteRequest(INDEX, best).setRefreshPolicy(RefreshPolicy.IMMEDIATE))
        .actionGet();
    stored.remove(best);
    index(second, Map.of("gradient", base64(second, FakeGradients.gaussian(99))));
    assertEquals(ranked(score), ids(search("{\"size\": 100, \"query\": " + byVector(QUERY) + "}")));
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    client().admin().indices().prepareRefresh(INDEX).get();
    assertEquals(ranked(score), ids(search("{\"size\": 100, \"query\": " + byVector(QUERY) + "}")));
    index(second, Map.of("title", "without"));
    stored.remove(second);
    assertEquals(ranked(score), ids(search("{\"size\": 100, \"query\": " + byVector(QUERY) + "}")));
  }

  public void testExistsFindsDocumentsWithAVector() {
    SearchResponse response = search("{\"query\": {\"exists\": {\"field\": \"gradient\"}}}");
    assertEquals(WITH_VECTOR, response.getHits().getTotalHits().value());
    assertNull(response.getHits().getAt(0).field("influence"));
  }

  public void testNamedQueriesHaveAFieldEach() {
    float[] other = FakeGradients.gaussian(4712);
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": {\"bool\": {\"should\": ["
                + byVector(QUERY, "\"_name\": \"one\"")
                + ", "
                + byVector(other, "\"_name\": \"two\"")
                + "]}}}");
    assertEquals(ranked(id -> score(QUERY, id) + score(other, id)), ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence.one"), 1e-3);
      assertEquals(raw(other, hit.getId()), value(hit, "influence.two"), 1e-3);
      assertNull(hit.field("influence"));
      assertArrayEquals(new String[] {"one", "two"}, hit.getMatchedQueries());
    }
  }

  public void testNoFieldRequestGivesTheVectorAway() {
    SearchResponse response =
        search(
            "{\"query\": "
                + byVector(QUERY)
                + ", \"_source\": true, \"fields\": [\"*\"], \"profile\": true, \"explain\":"
                + " true}");
    assertNull(response.getHits().getAt(0).field("gradient"));
    String all = response.toString();
    assertFalse(all.contains(Float.toString(QUERY[0])));
    assertFalse(all.contains(Float.toString(stored.get(ids(response).get(0))[0])));
  }

  private void index(String id, Map<String, Object> source) {
    client()
        .index(
            new IndexRequest(INDEX).id(id).source(source).setRefreshPolicy(RefreshPolicy.IMMEDIATE))
        .actionGet();
  }
}
