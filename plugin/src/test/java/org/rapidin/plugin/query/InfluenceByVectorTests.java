package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.startsWith;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.lucene.search.Explanation;
import org.junit.Before;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.explain.ExplainRequest;
import org.opensearch.action.explain.ExplainResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.CreatePitAction;
import org.opensearch.action.search.CreatePitRequest;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.MultiSearchResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.search.SearchHit;
import org.opensearch.search.aggregations.bucket.filter.Filter;
import org.opensearch.search.aggregations.bucket.terms.Terms;
import org.opensearch.search.aggregations.metrics.TopHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.sort.SortOrder;
import org.rapidin.attribution.GradientVector;
import org.rapidin.plugin.mapper.TestAttributors;

/** The query by raw vector, alone and inside everything else, against a plain double oracle. */
public class InfluenceByVectorTests extends InfluenceNodeTestCase {
  private static final float[] QUERY = FakeGradients.gaussian(4711);

  private final ToDoubleFunction<String> score = id -> score(QUERY, id);

  @Before
  public void fill() {
    createTrainingIndex("demo");
  }

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

  public void testAggregationsCountWhatTheQueryMatches() {
    SearchResponse response =
        search(
            "{\"size\": 0, \"query\": "
                + byVector(QUERY)
                + ", \"aggs\": {\"langs\": {\"terms\": {\"field\": \"lang\"}}}}");
    Terms langs = response.getAggregations().get("langs");
    // Documents 9, 19, … have no vector; they are all in "de".
    assertEquals(30, langs.getBucketByKey("en").getDocCount());
    assertEquals(24, langs.getBucketByKey("de").getDocCount());
  }

  public void testTopHitsOfABucketHaveTheirInfluence() {
    SearchResponse response =
        search(
            "{\"size\": 0, \"query\": "
                + byVector(QUERY)
                + ", \"aggs\": {\"langs\": {\"terms\": {\"field\": \"lang\"}, \"aggs\":"
                + " {\"top\": {\"top_hits\": {\"size\": 2}}}}}}");
    Terms langs = response.getAggregations().get("langs");
    TopHits top = langs.getBucketByKey("en").getAggregations().get("top");
    SearchHit best = top.getHits().getAt(0);
    assertEquals(
        ranked(score).stream().filter(id -> number(id) % 2 == 0).findFirst().get(), best.getId());
    assertEquals(raw(QUERY, best.getId()), value(best, "influence"), 1e-3);
  }

  public void testTheQueryIsAFilterOfAggregationsToo() {
    SearchResponse response =
        search("{\"size\": 0, \"aggs\": {\"with\": {\"filter\": " + byVector(QUERY) + "}}}");
    Filter with = response.getAggregations().get("with");
    assertEquals(WITH_VECTOR, with.getDocCount());
  }

  public void testHighlightShowsWordsBesideInfluence() {
    SearchHit hit =
        search(
                "{\"query\": {\"bool\": {\"must\": ["
                    + byVector(QUERY)
                    + ", {\"match\": {\"title\": \"alpha\"}}]}}, \"highlight\": {\"fields\":"
                    + " {\"title\": {}}}}")
            .getHits()
            .getAt(0);
    assertThat(
        hit.getHighlightFields().get("title").fragments()[0].string(),
        containsString("<em>alpha</em>"));
    assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
  }

  public void testCollapseKeepsTheBestOfEachGroupWithItsInfluence() {
    SearchResponse response =
        search(
            "{\"size\": 100, \"query\": "
                + byVector(QUERY)
                + ", \"collapse\": {\"field\": \"group\", \"inner_hits\": {\"name\": \"rest\","
                + " \"size\": 3}}}");
    HashSet<Integer> groups = new HashSet<>();
    List<String> best = ranked(score).stream().filter(id -> groups.add(number(id) % 7)).toList();
    assertEquals(best, ids(response));
    for (SearchHit hit : response.getHits()) {
      assertEquals(raw(QUERY, hit.getId()), value(hit, "influence"), 1e-3);
      for (SearchHit inner : hit.getInnerHits().get("rest")) {
        assertEquals(raw(QUERY, inner.getId()), value(inner, "influence"), 1e-3);
      }
    }
  }

  public void testPagesAreSlicesOfTheRanking() {
    List<String> all = ranked(score);
    for (int from = 0; from < WITH_VECTOR; from += 7) {
      SearchResponse page =
          search("{\"from\": " + from + ", \"size\": 7, \"query\": " + byVector(QUERY) + "}");
      assertEquals(all.subList(from, Math.min(from + 7, WITH_VECTOR)), ids(page));
    }
  }

  public void testSearchAfterWalksTheRanking() {
    List<String> walked = new ArrayList<>();
    Object[] after = null;
    do {
      SearchSourceBuilder source =
          source("{\"size\": 10, \"track_scores\": true, \"query\": " + byVector(QUERY) + "}")
              .sort("_score", SortOrder.DESC)
              .sort("key", SortOrder.ASC);
      if (after != null) {
        source.searchAfter(after);
      }
      SearchHit[] hits =
          client().search(new SearchRequest(INDEX).source(source)).actionGet().getHits().getHits();
      after = hits.length == 0 ? null : hits[hits.length - 1].getSortValues();
      for (SearchHit hit : hits) {
        walked.add(hit.getId());
      }
    } while (after != null);
    assertEquals(ranked(score), walked);
  }

  public void testMultiSearchAnswersEachByItself() {
    MultiSearchRequest request = new MultiSearchRequest();
    for (String direction : List.of("proponents", "opponents")) {
      String query = byVector(QUERY, "\"direction\": \"" + direction + "\"");
      request.add(
          new SearchRequest(INDEX).source(source("{\"size\": 100, \"query\": " + query + "}")));
    }
    MultiSearchResponse.Item[] items = client().multiSearch(request).actionGet().getResponses();
    assertEquals(ranked(score), ids(items[0].getResponse()));
    assertEquals(ranked(score).reversed(), ids(items[1].getResponse()));
  }

  public void testExplainNamesOriginAndNumbers() {
    for (String id : List.of("doc-00", "doc-41")) {
      ExplainResponse response =
          client()
              .explain(
                  new ExplainRequest(INDEX, id)
                      .query(source("{\"query\": " + byVector(QUERY) + "}").query()))
              .actionGet();
      assertTrue(response.isMatch());
      Explanation explanation = response.getExplanation();
      assertEquals(score(QUERY, id), explanation.getValue().doubleValue(), TOLERANCE);
      assertThat(
          explanation.toString(),
          containsString("attributor [demo], model [model], fingerprint [fingerprint-of-demo]"));
      Explanation[] parts = explanation.getDetails()[0].getDetails();
      double norm = new GradientVector(QUERY).norm();
      assertPart("raw, inner product", raw(QUERY, id), parts[0]);
      assertPart("scale, computed as norm * s", norm * TestAttributors.SCORE_SCALE, parts[1]);
      assertPart("norm of the query", norm, parts[1].getDetails()[0]);
      assertPart("s, score scale", TestAttributors.SCORE_SCALE, parts[1].getDetails()[1]);
      assertPart("norm of the document", new GradientVector(stored.get(id)).norm(), parts[2]);
      assertPart("boost", 1, parts[3]);
    }
    assertFalse(
        client()
            .explain(
                new ExplainRequest(INDEX, "doc-09")
                    .query(source("{\"query\": " + byVector(QUERY) + "}").query()))
            .actionGet()
            .isMatch());
  }

  public void testAnExplanationSaysWhatTheSignMeansWhateverTheDirection() {
    for (String direction : List.of("proponents", "opponents")) {
      for (String id : stored.keySet()) {
        String explanation =
            client()
                .explain(
                    new ExplainRequest(INDEX, id)
                        .query(
                            source(
                                    "{\"query\": "
                                        + byVector(QUERY, "\"direction\": \"" + direction + "\"")
                                        + "}")
                                .query()))
                .actionGet()
                .getExplanation()
                .toString();
        assertThat(
            explanation,
            containsString(
                raw(QUERY, id) > 0
                    ? "positive: training on the document made the generation more likely"
                    : "negative: training on the document made the generation less likely"));
      }
    }
  }

  private static void assertPart(String name, double value, Explanation part) {
    assertThat(part.getDescription(), startsWith(name));
    assertEquals(value, part.getValue().doubleValue(), 1e-6 * Math.max(1, Math.abs(value)));
  }

  public void testASearchExplainsItsHits() {
    SearchHit hit =
        search("{\"explain\": true, \"query\": " + byVector(QUERY, "\"boost\": 3") + "}")
            .getHits()
            .getAt(0);
    assertEquals(3 * score(QUERY, hit.getId()), hit.getScore(), TOLERANCE * 3);
    assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 1e-5);
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

  public void testAPointInTimeIsSearchedByItsOwnIndices() {
    String pit =
        client()
            .execute(
                CreatePitAction.INSTANCE,
                new CreatePitRequest(TimeValue.timeValueMinutes(1), false, INDEX))
            .actionGet()
            .getId();
    SearchResponse response =
        client()
            .search(
                new SearchRequest()
                    .source(
                        source(
                            "{\"size\": 100, \"query\": "
                                + byVector(QUERY)
                                + ", \"pit\": {\"id\": \""
                                + pit
                                + "\"}}")))
            .actionGet();
    assertEquals(ranked(score), ids(response));
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
