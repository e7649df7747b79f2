package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.handle.GradientHandles;

/**
 * The node that keeps the vectors of a search's tokens stops after the query phase, before the
 * fetch: the search is answered all the same, because another node has the model.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
public class StoppedHolderIT extends TinyClusterTestCase {
  private static final int DOCUMENTS = 10;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    if (nodeOrdinal == 1 || nodeOrdinal == 2) {
      TinyModelDirectory.write(directory, 1);
    }
  }

  public void testASearchWhoseHolderStopsBeforeTheFetchIsAnswered() throws Exception {
    List<String> nodes = internalCluster().startNodes(4);
    String coordinator = nodes.get(0);
    String data = nodes.get(3);
    createTrainingIndex(
        2, 0, Settings.builder().put("index.routing.allocation.include._name", data).build());
    ingest(client(), 0, DOCUMENTS);
    Map<String, List<Object>> expected = tokens(search(data).get());
    assertEquals(DOCUMENTS, expected.size());

    List<Runnable> fetches = holdFetches(data);
    ActionFuture<SearchResponse> search = search(coordinator).execute();
    assertBusy(() -> assertFalse(fetches.isEmpty()));
    String holder = holder(nodes.subList(1, 3));
    internalCluster().stopRandomNode(InternalTestCluster.nameFilter(holder));
    behave(data);
    fetches.forEach(Thread::startVirtualThread);
    assertEquals(expected, tokens(search.actionGet()));
  }

  private static SearchRequestBuilder search(String node) {
    return internalCluster()
        .client(node)
        .prepareSearch("train")
        .setSource(
            new SearchSourceBuilder()
                .query(
                    QueryBuilders.wrapperQuery(
                        "{\"influence\":{\"gradient\":{\"prompt\":\"a\",\"completion\":\"b c\"}}}"))
                .ext(List.of(new InfluenceExtBuilder(true, 0, false))));
  }

  /** Influences of the tokens by document. */
  private static Map<String, List<Object>> tokens(SearchResponse answer) {
    assertEquals(0, answer.getFailedShards());
    Map<String, List<Object>> tokens = new HashMap<>();
    for (SearchHit hit : answer.getHits()) {
      tokens.put(hit.getId(), hit.field("influence_tokens").getValues());
    }
    return tokens;
  }

  /** Keeps the next fetches of a node until they are run. */
  private static List<Runnable> holdFetches(String node) {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    transport(node)
        .addRequestHandlingBehavior(
            SearchTransportService.FETCH_ID_ACTION_NAME,
            (handler, request, channel, task) ->
                held.add(
                    () -> {
                      try {
                        handler.messageReceived(request, channel, task);
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    }));
    return held;
  }

  private static void behave(String node) {
    transport(node).clearAllRules();
  }

  private static MockTransportService transport(String node) {
    return (MockTransportService) internalCluster().getInstance(TransportService.class, node);
  }

  /** Returns the node whose vectors are in use. */
  private static String holder(List<String> nodes) {
    for (String node : nodes) {
      if (internalCluster().getInstance(GradientHandles.class, node).bytesInUse() > 0) {
        return node;
      }
    }
    throw new AssertionError("no node keeps vectors of tokens");
  }
}
