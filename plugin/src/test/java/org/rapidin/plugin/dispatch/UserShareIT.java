package org.rapidin.plugin.dispatch;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/** Searches of one user leave half of a model node's queue to others. */
public class UserShareIT extends SlowModelTestCase {
  private static final String USER = "test-user";

  /** Names the user in the thread context where the security plugin does, and as it does. */
  public static final class NamingPlugin extends Plugin implements ActionPlugin {
    private ThreadContext context;

    @Override
    public Collection<Object> createComponents(
        Client client,
        ClusterService clusterService,
        ThreadPool threadPool,
        ResourceWatcherService resourceWatcherService,
        ScriptService scriptService,
        NamedXContentRegistry xContentRegistry,
        Environment environment,
        NodeEnvironment nodeEnvironment,
        NamedWriteableRegistry namedWriteableRegistry,
        IndexNameExpressionResolver indexNameExpressionResolver,
        Supplier<RepositoriesService> repositoriesServiceSupplier) {
      context = threadPool.getThreadContext();
      return List.of();
    }

    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(
          new ActionFilter.Simple() {
            @Override
            protected boolean apply(
                String action, ActionRequest request, ActionListener<?> listener) {
              String name = context.getHeader(USER);
              if (name != null && action.equals(SearchAction.NAME)) {
                context.putTransient(
                    "_opendistro_security_user_info", name + "||rapidin_reader|null");
              }
              return true;
            }

            @Override
            public int order() {
              return Integer.MIN_VALUE;
            }
          });
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.nodePlugins());
    plugins.add(NamingPlugin.class);
    return plugins;
  }

  private static ActionFuture<SearchResponse> ask(Client client, String user, String letter) {
    return client
        .filterWithHeader(Map.of(USER, user))
        .prepareSearch("train")
        .setSource(slowSource(letter))
        .execute();
  }

  public void testSearchesOfAUserBeyondTheShareAre429AndOthersAreServed() throws Exception {
    List<String> nodes = internalCluster().startNodes(2, oneThread(4));
    createTrainingIndex();
    Client client = internalCluster().client(nodes.get(0));
    String modelNode = nodes.get(1);
    List<ActionFuture<SearchResponse>> admitted = new ArrayList<>();
    for (String letter : List.of("a", "b", "a", "b", "b")) { // equal ones share a gradient
      admitted.add(ask(client, "ann", letter));
    }
    assertBusy(() -> assertEquals(2, stats().get(modelNode).waiting()));
    Exception refused = expectThrows(Exception.class, () -> ask(client, "ann", "c").actionGet());
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(refused));
    assertThat(
        ExceptionsHelper.stackTrace(refused),
        containsString(
            "user [ann] has 2 requests in the gradient queue of at most 2 for one user"));
    admitted.add(ask(client, "bob", "c"));
    admitted.add(client.prepareSearch("train").setSource(slowSource("d")).execute());
    assertBusy(() -> assertEquals(4, stats().get(modelNode).waiting()));
    for (ActionFuture<SearchResponse> search : admitted) {
      assertFalse(search.isDone());
    }
    client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
    assertStops(modelNode, System.nanoTime());
  }

  /** Alone they would be refused: a user has one place of the two. */
  public void testClausesOfASearchWaitForEachOther() {
    List<String> nodes = internalCluster().startNodes(2, oneThread(2));
    createTrainingIndex();
    BoolQueryBuilder clauses = QueryBuilders.boolQuery();
    for (String text : List.of("one", "two", "three", "four", "five")) {
      clauses.should(
          QueryBuilders.wrapperQuery(
              "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"%s\",\"_name\":\"%s\"}}}"
                  .formatted(text, text)));
    }
    SearchResponse answer =
        internalCluster()
            .client(nodes.get(0))
            .filterWithHeader(Map.of(USER, "ann"))
            .prepareSearch("train")
            .setQuery(clauses)
            .get();
    assertEquals(2, answer.getHits().getTotalHits().value());
    assertTrue("some had to wait", stats().get(nodes.get(1)).rejected() > 0);
  }
}
