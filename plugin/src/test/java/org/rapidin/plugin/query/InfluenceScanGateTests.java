package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.CreatePitAction;
import org.opensearch.action.search.CreatePitRequest;
import org.opensearch.action.search.CreatePitResponse;
import org.opensearch.action.search.DeletePitAction;
import org.opensearch.action.search.DeletePitRequest;
import org.opensearch.action.search.MultiSearchRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchScrollRequest;
import org.opensearch.action.search.SearchType;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.builder.PointInTimeBuilder;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.threadpool.ThreadPoolStats;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.scan.ScanPermits;
import org.rapidin.plugin.scan.ScanStats;

/**
 * Influence queries wait without a search thread, one shard is scanned at a time, and the permit
 * comes back whatever happens. A scan is slow because the script of an aggregation holds it.
 */
public class InfluenceScanGateTests extends InfluenceNodeTestCase {
  private static final int SEARCH_THREADS = 3;
  private static final int MAY_WAIT = 40;
  private static final float[] QUERY = FakeGradients.gaussian(4711);
  private static final String FAST = "{\"size\": 100, \"query\": " + byVector(QUERY) + "}";
  private static final String HELD =
      "{\"size\": 100, \"query\": "
          + byVector(QUERY)
          + ", \"aggs\": {\"a\": {\"sum\": {\"script\":"
          + " {\"lang\": \"mockscript\", \"source\": \"hold\"}}}}}";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(GradientTestPlugin.class, HoldingScript.class);
  }

  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(ScanPermits.THREADS.getKey(), 1)
        .put("thread_pool.search.size", SEARCH_THREADS)
        .put("thread_pool.search.queue_size", MAY_WAIT)
        .build();
  }

  @Before
  public void fill() {
    HoldingScript.hold();
    createTrainingIndex("demo");
  }

  @After
  public void everyPermitIsBack() throws Exception {
    HoldingScript.open();
    assertScans(0, 0);
  }

  public void testAMatchQueryAnswersNextToManyInfluenceQueries() throws Exception {
    createIndexOfOne();
    List<ActionFuture<SearchResponse>> searches = new ArrayList<>();
    for (int i = 0; i < MAY_WAIT; i++) {
      searches.add(start(HELD, "one"));
    }
    assertScans(1, MAY_WAIT - 1);
    for (int i = 0; i < 20; i++) {
      SearchResponse match =
          client()
              .prepareSearch(INDEX)
              .setQuery(QueryBuilders.matchQuery("title", "alpha"))
              .execute()
              .actionGet(10, TimeUnit.SECONDS);
      assertEquals(20, match.getHits().getTotalHits().value());
    }
    HoldingScript.open();
    for (ActionFuture<SearchResponse> search : searches) {
      assertEquals(List.of("doc-7"), ids(search.get(30, TimeUnit.SECONDS)));
    }
  }

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

  public void testWhatIsCancelledStopsWaiting() throws Exception {
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    PlainActionFuture<SearchResponse> waiting = new PlainActionFuture<>();
    NodeClient node = getInstanceFromNode(NodeClient.class);
    Task task = node.executeLocally(SearchAction.INSTANCE, request(FAST, INDEX), waiting);
    assertScans(1, 5);
    client()
        .admin()
        .cluster()
        .prepareCancelTasks()
        .setTaskId(new TaskId(node.getLocalNodeId(), task.getId()))
        .get();
    Exception failure =
        expectThrows(ExecutionException.class, () -> waiting.get(10, TimeUnit.SECONDS));
    assertThat(ExceptionsHelper.stackTrace(failure), containsString("TaskCancelledException"));
    assertScans(1, 2);
    HoldingScript.open();
    assertEquals(WITH_VECTOR, ids(holder.get(30, TimeUnit.SECONDS)).size());
  }

  public void testWhatWaitsPastItsTimeoutAnswersWithoutHits() throws Exception {
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    SearchResponse late =
        start(FAST.replaceFirst("\\{", "{\"timeout\": \"100ms\", "), INDEX)
            .get(10, TimeUnit.SECONDS);
    assertTrue(late.isTimedOut());
    assertEquals(0, late.getFailedShards());
    assertEquals(List.of(), ids(late));
    HoldingScript.open();
    assertFalse(holder.get(30, TimeUnit.SECONDS).isTimedOut());
  }

  public void testARescoreThatWaitsPastItsTimeoutLeavesTheHitsOfTheQuery() throws Exception {
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    SearchResponse late =
        start(
                """
                {"timeout": "100ms", "query": {"match": {"title": "alpha"}}, "explain": true,
                  "rescore": {"window_size": 50, "query": {"rescore_query": %s}}}
                """
                    .formatted(byVector(QUERY, "\"_name\": \"late\"")),
                INDEX)
            .get(10, TimeUnit.SECONDS);
    assertTrue(late.isTimedOut());
    assertEquals(Arrays.toString(late.getShardFailures()), 0, late.getFailedShards());
    assertEquals(20, late.getHits().getTotalHits().value());
    HoldingScript.open();
    assertFalse(holder.get(30, TimeUnit.SECONDS).isTimedOut());
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

  public void testMoreThanMayWaitAreRejected() throws Exception {
    createIndexOfOne();
    List<ActionFuture<SearchResponse>> searches = new ArrayList<>();
    for (int i = 0; i < 1 + MAY_WAIT; i++) {
      searches.add(start(HELD, "one"));
    }
    assertScans(1, MAY_WAIT);
    assertRejected(start(FAST, "one"));
    HoldingScript.open();
    for (ActionFuture<SearchResponse> search : searches) {
      assertEquals(List.of("doc-7"), ids(search.get(30, TimeUnit.SECONDS)));
    }
  }

  public void testAPermitComesBackWhenNoSearchThreadTakesTheRequest() throws Exception {
    createIndexOfOne();
    String match = HELD.replace(byVector(QUERY), "{\"match_all\": {}}");
    List<ActionFuture<SearchResponse>> others = new ArrayList<>();
    for (int i = 0; i < SEARCH_THREADS + MAY_WAIT; i++) {
      others.add(start(match, "one"));
    }
    assertBusy(() -> assertEquals(MAY_WAIT, queueOfSearchPool()));
    for (int i = 0; i < 3; i++) {
      assertRejected(start(FAST, "one"));
      assertScans(0, 0);
    }
    HoldingScript.open();
    assertBusy(() -> assertTrue(others.stream().allMatch(ActionFuture::isDone)));
    assertEquals(List.of("doc-7"), ids(search(FAST, "one")));
  }

  private int queueOfSearchPool() {
    for (ThreadPoolStats.Stats pool : getInstanceFromNode(ThreadPool.class).stats()) {
      if (pool.getName().equals(ThreadPool.Names.SEARCH)) {
        return pool.getQueue();
      }
    }
    throw new AssertionError("no search pool");
  }

  public void testAnIndexThatIsDeletedLeavesNobodyWaiting() throws Exception {
    ActionFuture<SearchResponse> holder = start(HELD, INDEX);
    assertScans(1, 2);
    createIndex("gone", 1, "demo");
    ActionFuture<SearchResponse> waiting = start(FAST, "gone");
    assertScans(1, 3);
    client().admin().indices().prepareDelete("gone").get();
    HoldingScript.open();
    expectThrows(ExecutionException.class, () -> waiting.get(10, TimeUnit.SECONDS));
    assertEquals(WITH_VECTOR, ids(holder.get(30, TimeUnit.SECONDS)).size());
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

  private void createIndexOfOne() {
    createIndex("one", 1, "demo");
    client().prepareIndex("one").setId("doc-7").setSource("gradient", base64("doc-7", QUERY)).get();
    client().admin().indices().prepareRefresh("one").get();
  }

  private static void assertRejected(ActionFuture<SearchResponse> search) {
    Exception failure =
        expectThrows(ExecutionException.class, () -> search.get(10, TimeUnit.SECONDS));
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(failure.getCause()));
  }

  private void assertScans(int running, int waiting) throws Exception {
    assertBusy(
        () -> {
          ScanStats now = plugin().scans();
          assertEquals(running, now.running());
          assertEquals(waiting, now.waiting());
        });
  }

  private SearchRequest request(String body, String index) {
    return new SearchRequest(index).source(source(body));
  }

  private ActionFuture<SearchResponse> start(String body, String index) {
    return client().search(request(body, index));
  }
}
