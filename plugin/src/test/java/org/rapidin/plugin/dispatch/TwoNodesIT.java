package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.tests.util.LuceneTestCase.SuppressFileSystems;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyModel;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.registry.GetAttributorsAction;
import org.rapidin.plugin.registry.PutAttributorAction;

/** Attributors, ingest and search in a cluster of two nodes. */
// Weights are mapped into memory, which Lucene's test file systems cannot do.
@SuppressFileSystems("*")
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
public class TwoNodesIT extends OpenSearchIntegTestCase {
  /** Seed of each node's model files, by ordinal; null where a node has none. */
  private Long[] models = {null, null};

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class);
  }

  @Override
  protected Path nodeConfigPath(int nodeOrdinal) {
    // A restarted node gets any number; the tests that restart have the same files everywhere.
    Long seed = models[Math.floorMod(nodeOrdinal, models.length)];
    Path config = createTempDir().resolve("config");
    try {
      Files.createDirectories(config);
      if (seed != null) {
        TinyModel.write(config.resolve(ModelCatalog.ROOT).resolve("tiny"), seed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return config;
  }

  public void testRow45EverythingGoesOnAfterAFullRestart() throws Exception {
    models = new Long[] {1L, 1L};
    internalCluster().startNodes(2);
    createTrainingIndex();
    List<RegisteredAttributor> before = attributors();
    ingest(client(), 0, 5);
    internalCluster().fullRestart();
    ensureGreen("train");
    assertEquals(before, attributors());
    ingest(client(), 5, 5);
    assertEquals(10, found(client()));
  }

  public void testRow44ANodeWithoutTheModelAsksTheOneThatHasIt() throws Exception {
    models = new Long[] {1L, null};
    List<String> nodes = internalCluster().startNodes(2);
    createTrainingIndex();
    for (String node : nodes) {
      ingest(internalCluster().client(node), nodes.indexOf(node) * 5, 5);
    }
    for (String node : nodes) {
      assertEquals(10, found(internalCluster().client(node)));
    }
  }

  public void testTheVectorsOfTokensStayOnTheNodeThatComputesThem() throws Exception {
    models = new Long[] {1L, null};
    List<String> nodes = internalCluster().startNodes(2);
    createTrainingIndex();
    ingest(client(), 0, 10);
    for (int size : new int[] {1, 10}) {
      for (String completion : List.of("a", "number 3 or number 4 or none of these numbers")) {
        Map<String, List<?>> wanted =
            tokens(internalCluster().client(nodes.get(0)), completion, size);
        assertEquals(size, wanted.size());
        assertEquals(wanted, tokens(internalCluster().client(nodes.get(1)), completion, size));
      }
    }
  }

  /** The influences on tokens by document; each document's mean must be its influence. */
  private static Map<String, List<?>> tokens(Client client, String completion, int size) {
    Map<String, List<?>> tokens = new TreeMap<>();
    SearchResponse response =
        client
            .prepareSearch("train")
            .setSource(
                new SearchSourceBuilder()
                    .size(size)
                    .ext(List.of(new InfluenceExtBuilder(true)))
                    .query(
                        QueryBuilders.wrapperQuery(
                            "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\""
                                + completion
                                + "\"}}}")))
            .get();
    assertEquals(0, response.getFailedShards());
    for (SearchHit hit : response.getHits()) {
      List<Object> values = hit.field("influence_tokens").getValues();
      double mean =
          values.stream()
              .mapToDouble(value -> (Double) ((Map<?, ?>) value).get("influence"))
              .average()
              .orElseThrow();
      double raw = (Double) hit.field("influence").getValue();
      assertEquals(raw, mean, 1e-3 * Math.max(1, Math.abs(raw)));
      tokens.put(hit.getId(), values);
    }
    return tokens;
  }

  public void testNodesWithDifferentFilesAreNamed() {
    models = new Long[] {1L, 2L};
    List<String> nodes = internalCluster().startNodes(2);
    OpenSearchStatusException refused =
        expectThrows(OpenSearchStatusException.class, this::putAttributor);
    assertEquals(RestStatus.CONFLICT, refused.status());
    for (String node : nodes) {
      assertTrue(refused.getMessage(), refused.getMessage().contains("[" + node + "]"));
    }
    assertTrue(attributors().isEmpty());
  }

  private void createTrainingIndex() {
    putAttributor();
    client()
        .admin()
        .cluster()
        .preparePutPipeline(
            "influence",
            new BytesArray("{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}"),
            XContentType.JSON)
        .get();
    client()
        .admin()
        .indices()
        .prepareCreate("train")
        .setSettings(
            Settings.builder()
                .put("index.codec", "rapidin")
                .put("index.default_pipeline", "influence")
                .put("index.number_of_shards", 2)
                .put("index.number_of_replicas", 1))
        .setMapping(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}}}")
        .get();
    ensureGreen("train");
  }

  private void putAttributor() {
    AttributorSpec spec =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                "tiny",
                "adapter",
                TinyModel.ADAPTER,
                "template",
                Map.of("prompt", "{{instruction}}\n", "completion", "{{output}}"),
                "compression",
                Map.of("dimension", 256)));
    client()
        .execute(PutAttributorAction.INSTANCE, new PutAttributorAction.Request("demo", spec))
        .actionGet();
  }

  private static List<RegisteredAttributor> attributors() {
    return client()
        .execute(GetAttributorsAction.INSTANCE, new GetAttributorsAction.Request((String) null))
        .actionGet()
        .attributors();
  }

  private static void ingest(Client client, int from, int count) {
    BulkRequestBuilder bulk = client.prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = from; i < from + count; i++) {
      bulk.add(
          client
              .prepareIndex("train")
              .setId("" + i)
              .setSource(Map.of("instruction", "say " + i, "output", "number " + i)));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  private static long found(Client client) {
    return client
        .prepareSearch("train")
        .setQuery(
            QueryBuilders.wrapperQuery(
                "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"this\"}}}"))
        .get()
        .getHits()
        .getTotalHits()
        .value();
  }
}
