package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.plugins.Plugin;
import org.opensearch.tasks.TaskInfo;

/**
 * A search that is cancelled by the tasks API while its scan runs. The scan is held at its first
 * hit by the script of an aggregation or a filter, so that the cancellation always meets it.
 */
public class InfluenceCancellationTests extends InfluenceNodeTestCase {
  private static final float[] QUERY = FakeGradients.gaussian(4711);
  private static final int DOCUMENTS = 300;

  /** Rows between two checks; {@code ScanLimit} says why. */
  private static final int CHUNK = 64;

  private static final String SCRIPT =
      "{\"script\": {\"lang\": \"mockscript\", \"source\": \"hold\"}}";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(GradientTestPlugin.class, HoldingScript.class);
  }

  @Before
  public void fill() {
    HoldingScript.hold();
    createIndex(INDEX, 1, "demo");
    BulkRequest bulk = new BulkRequest(INDEX).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < DOCUMENTS; i++) {
      String id = "doc-" + i;
      bulk.add(
          new IndexRequest(INDEX)
              .id(id)
              .source(Map.of("gradient", base64(id, FakeGradients.gaussian(i)))));
    }
    assertFalse(client().bulk(bulk).actionGet().hasFailures());
    client().admin().indices().prepareForceMerge(INDEX).setMaxNumSegments(1).get();
    client().admin().indices().prepareRefresh(INDEX).get();
  }

  @After
  public void release() {
    HoldingScript.open();
  }

  public void testAScanOfAllRowsEndsWithinOneChunk() throws Exception {
    assertCancelledWithinOneChunk(
        "{\"query\": " + byVector(QUERY) + ", \"aggs\": {\"a\": {\"sum\": " + SCRIPT + "}}}");
  }

  public void testAScanOfFilteredRowsEndsWithinOneChunk() throws Exception {
    assertCancelledWithinOneChunk(
        "{\"query\": "
            + byVector(QUERY, "\"filter\": {\"script\": " + SCRIPT + "}")
            + ", \"track_total_hits\": true}");
  }

  private void assertCancelledWithinOneChunk(String body) throws Exception {
    ActionFuture<SearchResponse> search =
        client().search(new SearchRequest(INDEX).source(source(body)));
    assertTrue("the scan began", HoldingScript.awaitReached());
    client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
    assertBusy(() -> assertTrue(tasks().stream().allMatch(TaskInfo::isCancelled)));
    HoldingScript.open();
    Exception failure =
        expectThrows(ExecutionException.class, () -> search.get(30, TimeUnit.SECONDS));
    assertThat(ExceptionsHelper.stackTrace(failure), containsString("TaskCancelledException["));
    int seen = HoldingScript.passed();
    assertTrue("saw " + seen + " documents after one chunk", seen <= CHUNK);
    assertBusy(() -> assertEquals(List.of(), tasks()));
  }

  private List<TaskInfo> tasks() {
    return client()
        .admin()
        .cluster()
        .prepareListTasks()
        .setActions(SearchAction.NAME + "*")
        .get()
        .getTasks();
  }
}
