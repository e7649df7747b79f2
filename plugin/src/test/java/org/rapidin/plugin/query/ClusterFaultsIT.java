package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.action.admin.cluster.reroute.ClusterRerouteRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.forcemerge.ForceMergeRequest;
import org.opensearch.action.index.IndexResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.coordination.FollowersChecker;
import org.opensearch.cluster.coordination.LeaderChecker;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.cluster.routing.allocation.command.MoveAllocationCommand;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.indices.replication.common.ReplicationType;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.test.disruption.NetworkDisruption;
import org.opensearch.test.transport.MockTransportService;
import org.rapidin.scorer.ElementType;

/**
 * What a cluster goes through while documents with vectors are written and searched. Test names
 * carry the number of the fault in the list of faults that the product must survive.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class ClusterFaultsIT extends OpenSearchIntegTestCase {
  private static final String INDEX = "train";

  /** As OpenSearch's own tests of disruptions have them: a lost node is noticed in seconds. */
  private static final Settings FAULT_DETECTION =
      Settings.builder()
          .put(FollowersChecker.FOLLOWER_CHECK_TIMEOUT_SETTING.getKey(), "5s")
          .put(FollowersChecker.FOLLOWER_CHECK_RETRY_COUNT_SETTING.getKey(), 1)
          .put(LeaderChecker.LEADER_CHECK_TIMEOUT_SETTING.getKey(), "5s")
          .put(LeaderChecker.LEADER_CHECK_RETRY_COUNT_SETTING.getKey(), 1)
          .build();

  private final Map<String, float[]> stored = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(GradientTestPlugin.class, MockTransportService.TestPlugin.class);
  }

  public void testRow27APartitionLosesNoAcknowledgedVector() throws Exception {
    List<String> nodes = internalCluster().startNodes(3, FAULT_DETECTION);
    createIndex(Settings.builder().put("index.number_of_replicas", 1).build());
    index(0, 20);
    String isolated =
        nodes.stream()
            .filter(node -> !node.equals(internalCluster().getClusterManagerName()))
            .findFirst()
            .orElseThrow();
    Set<String> rest = new TreeSet<>(nodes);
    rest.remove(isolated);
    NetworkDisruption partition =
        new NetworkDisruption(
            new NetworkDisruption.TwoPartitions(Set.of(isolated), rest),
            NetworkDisruption.UNRESPONSIVE);
    internalCluster().setDisruptionScheme(partition);
    partition.startDisrupting();
    String writer = rest.iterator().next();
    assertBusy(
        () ->
            assertEquals(
                2,
                client(writer)
                    .admin()
                    .cluster()
                    .prepareState()
                    .setLocal(true)
                    .get()
                    .getState()
                    .nodes()
                    .getSize()),
        2,
        TimeUnit.MINUTES);
    index(writer, 20, 40);
    partition.stopDisrupting();
    ensureStableCluster(3);
    ensureGreen(TimeValue.timeValueMinutes(2), INDEX);
    refresh(INDEX);
    for (String node : nodes) {
      assertOracle(node, null);
    }
  }

  public void testRow29SegmentReplicationAnswersAsThePrimaryThroughDeletesAndMerges()
      throws Exception {
    internalCluster().startNodes(2);
    createIndex(
        Settings.builder()
            .put("index.number_of_replicas", 1)
            .put("index.replication.type", ReplicationType.SEGMENT)
            .build());
    for (int from = 0; from < 40; from += 10) {
      index(from, from + 10);
      refresh(INDEX);
    }
    for (int i = 0; i < 40; i += 3) {
      client().prepareDelete(INDEX, "doc-" + i).get();
      stored.remove("doc-" + i);
    }
    refresh(INDEX);
    assertBusy(() -> assertOracle(null, "_replica"), 1, TimeUnit.MINUTES);
    client().admin().indices().forceMerge(new ForceMergeRequest(INDEX).maxNumSegments(1)).get();
    refresh(INDEX);
    assertOracle(null, "_primary");
    assertBusy(() -> assertOracle(null, "_replica"), 1, TimeUnit.MINUTES);
  }

  public void testRow30SearchesGoOnWhileShardsMove() throws Exception {
    List<String> nodes = internalCluster().startNodes(2);
    createIndex(Settings.builder().put("index.number_of_replicas", 0).build());
    index(0, 40);
    refresh(INDEX);
    AtomicBoolean moving = new AtomicBoolean(true);
    AtomicInteger searches = new AtomicInteger();
    AtomicReference<Throwable> fault = new AtomicReference<>();
    Thread searcher =
        new Thread(
            () -> {
              while (moving.get() && fault.get() == null) {
                try {
                  assertOracle(null, null);
                  searches.incrementAndGet();
                } catch (Throwable e) {
                  fault.set(e);
                }
              }
            },
            "searcher");
    searcher.start();
    for (int move = 0; move < 4; move++) {
      ShardRouting shard =
          clusterService().state().routingTable().index(INDEX).shard(0).primaryShard();
      String from = clusterService().state().nodes().get(shard.currentNodeId()).getName();
      String to = nodes.get(0).equals(from) ? nodes.get(1) : nodes.get(0);
      client()
          .admin()
          .cluster()
          .reroute(new ClusterRerouteRequest().add(new MoveAllocationCommand(INDEX, 0, from, to)))
          .actionGet();
      ensureGreen(INDEX);
    }
    moving.set(false);
    searcher.join();
    if (fault.get() != null) {
      throw new AssertionError("search " + searches + " failed", fault.get());
    }
    assertTrue("searches: " + searches, searches.get() > 0);
  }

  public void testAReplicaThatWasAwayGetsTheVectorsOfTheOperationsThatItMissed() throws Exception {
    internalCluster().startNodes(2);
    createIndex(Settings.builder().put("index.number_of_replicas", 1).build());
    index(0, 20);
    String replica = nodeOfReplica();
    internalCluster()
        .restartNode(
            replica,
            new InternalTestCluster.RestartCallback() {
              @Override
              public Settings onNodeStopped(String name) throws Exception {
                index(20, 40);
                client().admin().indices().prepareFlush(INDEX).get();
                return super.onNodeStopped(name);
              }
            });
    ensureGreen(TimeValue.timeValueMinutes(2), INDEX);
    refresh(INDEX);
    assertTrue("operations", recoveredOperations(replica) >= 20);
    assertOracle(null, "_only_nodes:" + replica);
  }

  private String nodeOfReplica() {
    ClusterState state = clusterService().state();
    ShardRouting copy = state.routingTable().index(INDEX).shard(0).replicaShards().getFirst();
    return state.nodes().get(copy.currentNodeId()).getName();
  }

  private int recoveredOperations(String node) {
    return client()
        .admin()
        .indices()
        .prepareRecoveries(INDEX)
        .get()
        .shardRecoveryStates()
        .get(INDEX)
        .stream()
        .filter(state -> state.getTargetNode().getName().equals(node))
        .mapToInt(state -> state.getTranslog().recoveredOperations())
        .sum();
  }

  private void createIndex(Settings more) {
    client()
        .admin()
        .indices()
        .create(
            new CreateIndexRequest(INDEX)
                .settings(
                    Settings.builder()
                        .put("index.codec", "rapidin")
                        .put("index.number_of_shards", 2)
                        .put(more))
                .mapping(
                    """
                    {"_doc": {"properties": {
                      "gradient": {"type": "gradient_vector", "attributor": "demo"}}}}
                    """))
        .actionGet();
    ensureGreen(INDEX);
  }

  private void index(int from, int to) {
    index(null, from, to);
  }

  /** Indexes documents and remembers those that were acknowledged. */
  private void index(String node, int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] row = ElementType.FLOAT16.encode(FakeGradients.gaussian(i));
      IndexResponse response =
          (node == null ? client() : client(node))
              .prepareIndex(INDEX)
              .setId("doc-" + i)
              .setSource("gradient", Base64.getEncoder().encodeToString(row))
              .get();
      assertEquals(0, response.getShardInfo().getFailed());
      stored.put("doc-" + i, ElementType.FLOAT16.decode(row));
    }
  }

  /** Every stored vector is found, in the oracle's order and with its inner product. */
  private void assertOracle(String node, String copy) throws Exception {
    float[] query = FakeGradients.gaussian(4711);
    SearchRequest request =
        new SearchRequest(INDEX)
            .source(new SearchSourceBuilder().size(100).query(byVector(query)))
            .preference(copy);
    SearchResponse response = (node == null ? client() : client(node)).search(request).actionGet();
    assertEquals(0, response.getFailedShards());
    Map<String, Double> oracle = new TreeMap<>();
    stored.forEach((id, vector) -> oracle.put(id, dot(query, vector)));
    List<String> ranked = new ArrayList<>(oracle.keySet());
    ranked.sort((a, b) -> Double.compare(oracle.get(b), oracle.get(a)));
    List<String> found = new ArrayList<>();
    response.getHits().forEach(hit -> found.add(hit.getId()));
    assertEquals(ranked, found);
    for (SearchHit hit : response.getHits()) {
      double influence = ((Number) hit.field("influence").getValue()).doubleValue();
      assertEquals(oracle.get(hit.getId()), influence, 1e-3);
    }
  }

  private QueryBuilder byVector(float[] query) throws Exception {
    return SearchSourceBuilder.fromXContent(
            createParser(
                JsonXContent.jsonXContent,
                "{\"query\": " + InfluenceNodeTestCase.byVector(query) + "}"))
        .query();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }
}
