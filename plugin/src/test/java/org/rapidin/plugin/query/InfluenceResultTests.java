package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.opensearch.action.search.CreatePitAction;
import org.opensearch.action.search.CreatePitRequest;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.MultiSearchResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.search.SearchHit;
import org.opensearch.search.aggregations.bucket.filter.Filter;
import org.opensearch.search.aggregations.bucket.terms.Terms;
import org.opensearch.search.aggregations.metrics.TopHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.sort.SortOrder;

/**
 * Influence with what a search does with its hits: pages, aggregations, collapsing, highlighting.
 */
public class InfluenceResultTests extends InfluenceByVectorTestCase {
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

  public void testHighlightsComeWithInfluences() {
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
}
