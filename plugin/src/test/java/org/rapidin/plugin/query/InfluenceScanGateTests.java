package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.threadpool.ThreadPoolStats;
import org.opensearch.transport.client.node.NodeClient;

/** Influence queries wait without a search thread, and their wait ends whatever happens. */
public class InfluenceScanGateTests extends ScanGateTestCase {

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

  private static void assertRejected(ActionFuture<SearchResponse> search) {
    Exception failure =
        expectThrows(ExecutionException.class, () -> search.get(10, TimeUnit.SECONDS));
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(failure.getCause()));
  }

  private int queueOfSearchPool() {
    for (ThreadPoolStats.Stats pool : getInstanceFromNode(ThreadPool.class).stats()) {
      if (pool.getName().equals(ThreadPool.Names.SEARCH)) {
        return pool.getQueue();
      }
    }
    throw new AssertionError("no search pool");
  }
}
