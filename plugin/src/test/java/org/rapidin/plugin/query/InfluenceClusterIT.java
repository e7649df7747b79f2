package org.rapidin.plugin.query;

import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.rapidin.scorer.ElementType;

/** Two nodes, two shards with a replica each: every node and copy gives the same ids and scores. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 2, numClientNodes = 0)
public class InfluenceClusterIT extends OpenSearchIntegTestCase {
  private static final String BY_TEXT =
      """
      {"size": 100, "ext": {"influence": {"tokens": true}}, "query": {"influence": {"gradient":
        {"prompt": "capital?", "completion": "it is Paris", "filter": {"term": {"lang": "en"}}}}}}
      """;
  private static final String BY_VECTOR =
      "{\"size\": 100, \"query\": {\"influence\": {\"gradient\": {\"vector\": "
          + Arrays.toString(FakeGradients.gaussian(4711))
          + "}}}}";

  private final Map<String, float[]> stored = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(GradientTestPlugin.class);
  }

  public void testEveryNodeAndEveryCopyAnswersAlike() throws Exception {
    fill();
    Map<String, Float> wanted = hits(BY_VECTOR, null, null);
    assertRankedByOracle(wanted, FakeGradients.gaussian(4711));
    Map<String, Float> wantedByText = hits(BY_TEXT, null, null);
    assertEquals(20, wantedByText.size());
    for (String node : internalCluster().getNodeNames()) {
      for (String copy : List.of("_primary", "_replica")) {
        assertEquals(wanted, hits(BY_VECTOR, node, copy));
        assertEquals(wantedByText, hits(BY_TEXT, node, copy));
      }
    }
  }

  public void testAFullRestartLosesNothing() throws Exception {
    fill();
    Map<String, Float> wanted = hits(BY_VECTOR, null, null);
    Map<String, Float> wantedByText = hits(BY_TEXT, null, null);
    internalCluster().fullRestart();
    ensureGreen("train");
    assertEquals(wanted, hits(BY_VECTOR, null, null));
    assertEquals(wantedByText, hits(BY_TEXT, null, null));
  }

  public void testAPromotedReplicaAnswersAsThePrimaryDid() throws Exception {
    fill();
    Map<String, Float> wanted = hits(BY_VECTOR, null, null);
    internalCluster()
        .restartRandomDataNode(
            new InternalTestCluster.RestartCallback() {
              @Override
              public Settings onNodeStopped(String node) throws Exception {
                assertEquals(wanted, hits(BY_VECTOR, null, null));
                return super.onNodeStopped(node);
              }
            });
    ensureGreen("train");
    assertEquals(wanted, hits(BY_VECTOR, null, "_primary"));
  }

  private void fill() throws Exception {
    client()
        .admin()
        .indices()
        .create(
            new CreateIndexRequest("train")
                .settings(
                    Settings.builder()
                        .put("index.codec", "rapidin")
                        .put("index.number_of_shards", 2)
                        .put("index.number_of_replicas", 1))
                .mapping(
                    """
                    {"_doc": {"properties": {"lang": {"type": "keyword"},
                      "gradient": {"type": "gradient_vector", "attributor": "demo"}}}}
                    """))
        .actionGet();
    for (int i = 0; i < 40; i++) {
      byte[] row = ElementType.FLOAT16.encode(FakeGradients.gaussian(i));
      stored.put("doc-" + i, ElementType.FLOAT16.decode(row));
      client()
          .prepareIndex("train")
          .setId("doc-" + i)
          .setSource(
              "lang", i % 2 == 0 ? "en" : "de", "gradient", Base64.getEncoder().encodeToString(row))
          .get();
    }
    ensureGreen("train");
    refresh("train");
  }

  private void assertRankedByOracle(Map<String, Float> hits, float[] query) {
    ToDoubleFunction<String> raw =
        id -> {
          double sum = 0;
          for (int k = 0; k < query.length; k++) {
            sum += (double) query[k] * stored.get(id)[k];
          }
          return sum;
        };
    assertEquals(
        stored.keySet().stream().sorted(Comparator.comparingDouble(raw).reversed()).toList(),
        List.copyOf(hits.keySet()));
  }

  private Map<String, Float> hits(String body, String node, String copy) throws Exception {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, body)) {
      SearchRequest request =
          new SearchRequest("train")
              .source(SearchSourceBuilder.fromXContent(parser))
              .preference(copy);
      SearchResponse response =
          (node == null ? client() : client(node)).search(request).actionGet();
      assertEquals(0, response.getFailedShards());
      Map<String, Float> scores = new LinkedHashMap<>();
      for (SearchHit hit : response.getHits()) {
        assertNotNull(hit.field("influence"));
        scores.put(hit.getId(), hit.getScore());
      }
      return scores;
    }
  }
}
