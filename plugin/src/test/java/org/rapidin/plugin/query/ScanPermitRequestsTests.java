package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opensearch.action.search.CreatePitAction;
import org.opensearch.action.search.CreatePitRequest;
import org.opensearch.action.search.CreatePitResponse;
import org.opensearch.action.search.DeletePitAction;
import org.opensearch.action.search.DeletePitRequest;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchScrollRequest;
import org.opensearch.action.search.SearchType;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.search.builder.PointInTimeBuilder;

/** Which requests take a permit, and which searches one scan serves. */
public class ScanPermitRequestsTests extends ScanGateTestCase {

  public void testSearchesThatWaitAreScannedForTogether() throws Exception {
    List<String> bodies = new ArrayList<>();
    List<SearchResponse> alone = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      bodies.add(FAST.replace(byVector(QUERY), byVector(FakeGradients.gaussian(i))));
      alone.add(search(bodies.get(i)));
    }
    plugin().mostQueriesOfAScan();
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    List<ActionFuture<SearchResponse>> searches = new ArrayList<>();
    for (String body : bodies) {
      searches.add(start(body, INDEX));
    }
    assertScans(1, 32);
    HoldingScript.open();
    for (int i = 0; i < bodies.size(); i++) {
      SearchResponse together = searches.get(i).get(30, TimeUnit.SECONDS);
      assertEquals(ids(alone.get(i)), ids(together));
      for (int hit = 0; hit < WITH_VECTOR; hit++) {
        assertEquals(
            alone.get(i).getHits().getAt(hit).getScore(),
            together.getHits().getAt(hit).getScore(),
            0f);
      }
    }
    assertEquals(WITH_VECTOR, ids(holder.get(30, TimeUnit.SECONDS)).size());
    assertTrue(plugin().mostQueriesOfAScan() >= 10);
  }

  public void testFilteredSearchesAreScannedForAlone() throws Exception {
    String filtered =
        FAST.replace(
            byVector(QUERY), byVector(QUERY, "\"filter\": {\"term\": {\"lang\": \"en\"}}"));
    List<String> wanted = ids(search(filtered));
    plugin().mostQueriesOfAScan();
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    List<ActionFuture<SearchResponse>> searches = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      searches.add(start(filtered, INDEX));
    }
    assertScans(1, 17);
    HoldingScript.open();
    for (ActionFuture<SearchResponse> search : searches) {
      assertEquals(wanted, ids(search.get(30, TimeUnit.SECONDS)));
    }
    assertEquals(WITH_VECTOR, ids(holder.get(30, TimeUnit.SECONDS)).size());
    assertEquals(1, plugin().mostQueriesOfAScan());
  }

  public void testEachShardRequestHasOnePermitHoweverManyClauses() throws Exception {
    List<String> clauses = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clauses.add(byVector(FakeGradients.gaussian(i), "\"_name\": \"n" + i + "\""));
    }
    String body =
        HELD.replace(
            byVector(QUERY), "{\"bool\": {\"should\": [" + String.join(",", clauses) + "]}}");
    ActionFuture<SearchResponse> search = start(body, INDEX);
    assertScans(1, 2);
    HoldingScript.open();
    assertEquals(WITH_VECTOR, ids(search.get(30, TimeUnit.SECONDS)).size());
  }

  public void testADfsSearchOfAPointInTimeHasAPermitInBothPhases() throws Exception {
    List<String> wanted = ids(search(FAST));
    CreatePitResponse opened =
        client()
            .execute(
                CreatePitAction.INSTANCE,
                new CreatePitRequest(TimeValue.timeValueMinutes(1), false, INDEX))
            .actionGet();
    SearchRequest request = new SearchRequest().searchType(SearchType.DFS_QUERY_THEN_FETCH);
    request.source(source(HELD).pointInTimeBuilder(new PointInTimeBuilder(opened.getId())));
    ActionFuture<SearchResponse> search = client().search(request);
    assertTrue(HoldingScript.awaitReached());
    assertScans(1, 2);
    HoldingScript.open();
    assertEquals(wanted, ids(search.get(30, TimeUnit.SECONDS)));
    client().execute(DeletePitAction.INSTANCE, new DeletePitRequest(opened.getId())).actionGet();
  }

  public void testThePagesOfAScrollWaitToo() throws Exception {
    SearchResponse first =
        client()
            .search(request(FAST.replace("100", "10"), INDEX).scroll(TimeValue.timeValueMinutes(1)))
            .get();
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    ActionFuture<SearchResponse> second =
        client()
            .searchScroll(
                new SearchScrollRequest(first.getScrollId()).scroll(TimeValue.timeValueMinutes(1)));
    assertScans(1, 5);
    HoldingScript.open();
    List<String> pages = new ArrayList<>(ids(first));
    pages.addAll(ids(second.get(30, TimeUnit.SECONDS)));
    assertEquals(ids(holder.get(30, TimeUnit.SECONDS)).subList(0, 20), pages);
    client().prepareClearScroll().addScrollId(second.get().getScrollId()).get();
  }

  public void testBothPhasesOfDfsQueryThenFetchHaveAPermit() throws Exception {
    List<String> wanted = ids(search(FAST));
    ActionFuture<SearchResponse> search =
        client().search(request(HELD, INDEX).searchType(SearchType.DFS_QUERY_THEN_FETCH));
    assertTrue(HoldingScript.awaitReached());
    assertScans(1, 2);
    HoldingScript.open();
    assertEquals(wanted, ids(search.get(30, TimeUnit.SECONDS)));
  }

  public void testMultiSearchesExplanationsAndCachedAnswersGiveTheirPermitsBack() {
    MultiSearchRequest several = new MultiSearchRequest();
    for (int i = 0; i < 10; i++) {
      several.add(request(FAST, INDEX));
    }
    client().multiSearch(several).actionGet();
    for (int i = 0; i < 3; i++) {
      SearchRequest cached = request(FAST.replace("100", "0"), INDEX).requestCache(true);
      assertEquals(
          WITH_VECTOR, client().search(cached).actionGet().getHits().getTotalHits().value());
    }
    assertTrue(
        client().prepareExplain(INDEX, "doc-01").setQuery(source(FAST).query()).get().isMatch());
  }
}
