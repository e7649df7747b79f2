package org.rapidin.plugin.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.gpu.FakeCuda;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.dispatch.NodeStats;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodeWarmth;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesWarmupAction;

/** A node with a GPU and one without it, which have a copy of the same shard each. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class MixedNodesIT extends TinyClusterTestCase {
  private static final int DOCUMENTS = 60;
  private static final int DIMENSION = 256;
  private static final double TOLERANCE = 1e-6; // of ‖q‖‖r‖, as docs/operations.md says

  private final Map<String, float[]> stored = new TreeMap<>();

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    TinyModelDirectory.write(directory, 1);
  }

  public void testEitherNodeGivesTheSameHitsAndOnlyOneUsesItsGpu() {
    FakeCuda.reset();
    String with = internalCluster().startNode(gpu(true));
    String without = internalCluster().startNode(gpu(false));
    createTrainingIndex(1, 1);
    fill();
    assertWarm(with, DOCUMENTS, Map.of());
    assertWarm(without, 0, Map.of("disabled", (long) DOCUMENTS));

    float[] query = vector(new Random(4711));
    Map<String, Double> onGpu = influences(query, "_only_nodes:" + with);
    Map<String, Double> onCpu = influences(query, "_only_nodes:" + without);
    assertEquals(ranked(query), List.copyOf(onCpu.keySet()));
    assertEquals(List.copyOf(onCpu.keySet()), List.copyOf(onGpu.keySet()));
    onCpu.forEach(
        (id, influence) ->
            assertEquals(influence, onGpu.get(id), TOLERANCE * norm(query) * norm(stored.get(id))));

    NodeStats gpuNode = stats(with);
    assertEquals(GpuStats.State.READY, gpuNode.gpu().stats().state());
    assertEquals(DOCUMENTS, gpuNode.gpu().stats().rowsScored());
    assertEquals(Map.of(), gpuNode.gpu().stats().fallbacks());
    assertEquals(0, gpuNode.rows().mapped() + gpuNode.rows().copied());
    NodeStats cpuNode = stats(without);
    assertEquals(GpuStats.State.DISABLED, cpuNode.gpu().stats().state());
    assertEquals("[plugins.rapidin.gpu.enabled] is false", cpuNode.gpu().stats().reason());
    assertEquals(0, cpuNode.gpu().stats().scans());
    assertEquals(DOCUMENTS, cpuNode.rows().mapped() + cpuNode.rows().copied());
  }

  private static Settings gpu(boolean enabled) {
    return Settings.builder()
        .put(NodeGpuSettings.ENABLED.getKey(), enabled)
        .put(NodeGpuSettings.MIN_SEGMENT_DOCS.getKey(), 1)
        .build();
  }

  /** In two segments of each copy, unless they are merged. */
  private void fill() {
    Random numbers = new Random(7);
    for (int half = 0; half < 2; half++) {
      BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
      for (int i = 0; i < DOCUMENTS / 2; i++) {
        String id = half + "-" + i;
        float[] vector = vector(numbers);
        stored.put(id, vector);
        bulk.add(
            client()
                .prepareIndex("train")
                .setId(id)
                .setPipeline("_none")
                .setSource(Map.of("gradient", vector)));
      }
      BulkResponse answer = bulk.get();
      assertFalse(answer.buildFailureMessage(), answer.hasFailures());
    }
  }

  private static float[] vector(Random numbers) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) numbers.nextGaussian();
    }
    return vector;
  }

  private static double norm(float[] vector) {
    return new GradientVector(vector).norm();
  }

  /** The influences of all documents by id, in the order of the hits. */
  private static Map<String, Double> influences(float[] query, String preference) {
    SearchResponse response =
        client()
            .prepareSearch("train")
            .setPreference(preference)
            .setSize(DOCUMENTS)
            .setQuery(
                QueryBuilders.wrapperQuery(
                    "{\"influence\":{\"gradient\":{\"vector\":" + Arrays.toString(query) + "}}}"))
            .get();
    assertEquals(0, response.getFailedShards());
    Map<String, Double> influences = new LinkedHashMap<>();
    for (SearchHit hit : response.getHits()) {
      influences.put(hit.getId(), ((Number) hit.field("influence").getValue()).doubleValue());
    }
    assertEquals(DOCUMENTS, influences.size());
    return influences;
  }

  /** The ids by the inner products of what was sent. */
  private List<String> ranked(float[] query) {
    Map<String, Double> products = new TreeMap<>();
    stored.forEach((id, vector) -> products.put(id, product(query, vector)));
    List<String> ids = new ArrayList<>(products.keySet());
    ids.sort((a, b) -> Double.compare(products.get(b), products.get(a)));
    return ids;
  }

  private static double product(float[] query, float[] vector) {
    double sum = 0;
    for (int i = 0; i < query.length; i++) {
      sum += (double) query[i] * vector[i];
    }
    return sum;
  }

  private static void assertWarm(String node, long rowsOnDevice, Map<String, Long> rowsOnCpu) {
    NodeAnswers<NodeWarmth> answers =
        client()
            .execute(NodesWarmupAction.INSTANCE, NodesWarmupAction.request(false, "train"))
            .actionGet();
    assertFalse(answers.failures().toString(), answers.hasFailures());
    NodeWarmth.ShardWarmth shard =
        answers.getNodes().stream()
            .filter(answer -> answer.getNode().getName().equals(node))
            .findFirst()
            .orElseThrow()
            .value()
            .shards()
            .getFirst();
    assertEquals(rowsOnDevice, shard.deviceRows());
    assertEquals(rowsOnCpu, shard.cpuRows());
  }

  private static NodeStats stats(String node) {
    return client()
        .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request(node))
        .actionGet()
        .getNodes()
        .getFirst()
        .value();
  }
}
