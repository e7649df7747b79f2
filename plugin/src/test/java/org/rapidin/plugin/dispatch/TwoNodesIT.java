package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.registry.GetAttributorsAction;

/** Attributors, ingest and search in a cluster of two nodes. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
public class TwoNodesIT extends TinyClusterTestCase {
  /** Seed of each node's model files, by ordinal; null where a node has none. */
  private Long[] models = {null, null};

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    // A restarted node gets any number; the tests that restart have the same files everywhere.
    Long seed = models[Math.floorMod(nodeOrdinal, models.length)];
    if (seed != null) {
      TinyModelDirectory.write(directory, seed);
    }
  }

  public void testRow45EverythingGoesOnAfterAFullRestart() throws Exception {
    models = new Long[] {1L, 1L};
    internalCluster().startNodes(2);
    createTrainingIndex(2, 1);
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
    createTrainingIndex(2, 1);
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
    createTrainingIndex(2, 1);
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
                    .ext(List.of(new InfluenceExtBuilder(true, 0, false)))
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

  /** One node has the model and half of the documents; either answers alike. */
  public void testTrainingTokensAreComputedWhereTheModelIs() throws Exception {
    models = new Long[] {1L, null};
    List<String> nodes = internalCluster().startNodes(2);
    createTrainingIndex(2, 0);
    ingest(client(), 0, 10);
    List<Map<String, Object>> answers = new ArrayList<>();
    for (String node : nodes) {
      SearchResponse response =
          internalCluster()
              .client(node)
              .prepareSearch("train")
              .setSource(
                  new SearchSourceBuilder()
                      .ext(List.of(new InfluenceExtBuilder(true, 10, false)))
                      .query(
                          QueryBuilders.wrapperQuery(
                              "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"is number 3\"}}}")))
              .get();
      assertEquals(0, response.getFailedShards());
      Map<String, Object> byDocument = new TreeMap<>();
      for (SearchHit hit : response.getHits()) {
        Map<?, ?> training = hit.field("influence_training_tokens").getValue();
        double sum = 0;
        for (Object token : (List<?>) training.get("tokens")) {
          sum += (Double) ((Map<?, ?>) token).get("influence");
        }
        double raw = (Double) hit.field("influence").getValue();
        assertEquals(raw, sum, 1e-3 * Math.max(1, Math.abs(raw)));
        byDocument.put(hit.getId(), training);
      }
      assertEquals(10, byDocument.size());
      answers.add(byDocument);
    }
    assertEquals(answers.getFirst(), answers.getLast());
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

  private static List<RegisteredAttributor> attributors() {
    return client()
        .execute(GetAttributorsAction.INSTANCE, new GetAttributorsAction.Request((String) null))
        .actionGet()
        .attributors();
  }
}
