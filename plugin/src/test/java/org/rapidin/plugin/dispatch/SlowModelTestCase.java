package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.TaskInfo;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.service.GradientStats;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodesStatsAction;

/**
 * Clusters in which a gradient takes long, because the model has many layers. The first node has no
 * model; it coordinates.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
abstract class SlowModelTestCase extends TinyClusterTestCase {
  private static final int LAYERS = 150;

  /** Which nodes have the model, by the order of their start. */
  boolean[] models = {false, true};

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    if (models[nodeOrdinal]) {
      TinyModelDirectory.write(directory, 1, LAYERS);
    }
  }

  static Settings oneThread(int queue) {
    return Settings.builder()
        .put(LocalGradients.THREADS.getKey(), 1)
        .put(LocalGradients.QUEUE_SIZE.getKey(), queue)
        .build();
  }

  /** Starts a node without the model, which coordinates, and one with it. */
  List<String> startNodes() {
    List<String> nodes = internalCluster().startNodes(2, oneThread(200));
    createTrainingIndex();
    return nodes;
  }

  void createTrainingIndex() {
    createTrainingIndex(1, 0);
    BulkResponse answer = bulk(client(), 2, 10).setRefreshPolicy(RefreshPolicy.IMMEDIATE).get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  static BulkRequestBuilder bulk(Client client, int documents, int characters) {
    BulkRequestBuilder bulk = client.prepareBulk();
    for (int i = 0; i < documents; i++) {
      bulk.add(
          client
              .prepareIndex("train")
              .setSource(Map.of("instruction", "say", "output", "x".repeat(characters) + i)));
    }
    return bulk;
  }

  /** A search whose gradients of many tokens take seconds. */
  static SearchRequestBuilder slowSearch(Client client) {
    return client.prepareSearch("train").setSource(slowSource());
  }

  /** The body of {@link #slowSearch}. */
  static SearchSourceBuilder slowSource() {
    return slowSource("y");
  }

  /**
   * As {@link #slowSource()}, about another text.
   *
   * @param letter that the text repeats
   */
  static SearchSourceBuilder slowSource(String letter) {
    return new SearchSourceBuilder()
        .query(query(letter.repeat(120)))
        .ext(List.of(new InfluenceExtBuilder(true, 0, false)));
  }

  static SearchRequestBuilder search(Client client, String completion) {
    return client.prepareSearch("train").setQuery(query(completion));
  }

  private static QueryBuilder query(String completion) {
    return QueryBuilders.wrapperQuery(
        "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\""
            + completion
            + "\"}}}");
  }

  static List<TaskInfo> tasks(String actions) {
    return client()
        .admin()
        .cluster()
        .prepareListTasks()
        .setActions(actions)
        .setDetailed(true)
        .get()
        .getTasks();
  }

  static Map<String, GradientStats> stats() {
    Map<String, GradientStats> stats = new TreeMap<>();
    for (NodeAnswer<NodeStats> node :
        client()
            .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request())
            .actionGet()
            .getNodes()) {
      stats.put(node.getNode().getName(), node.value().gradients());
    }
    return stats;
  }

  static void awaitRunning(String node) throws Exception {
    assertBusy(() -> assertTrue(stats().get(node).waiting() > 0));
  }

  static void assertStops(String node, long startNanos) throws Exception {
    assertBusy(() -> assertEquals(0, stats().get(node).waiting()), 10, TimeUnit.SECONDS);
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    logMillis("the gradient stopped after", millis);
  }

  static void logMillis(String what, long millis) {
    System.out.println(what + " " + millis + " ms");
  }

  static List<TaskInfo> gradientTasks() {
    return tasks("*rapidin*").stream()
        .filter(task -> !task.getAction().startsWith(NodesStatsAction.NAME))
        .toList();
  }
}
