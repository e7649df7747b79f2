package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.ScriptQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptType;
import org.opensearch.search.SearchHit;
import org.opensearch.tasks.TaskInfo;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.compare.CompareAction;
import org.rapidin.plugin.compare.CompareSample;
import org.rapidin.plugin.query.HoldingScript;
import org.rapidin.plugin.registry.PutAttributorAction;

/** Artefacts of a cluster of which one node has the model. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class ArtefactClusterIT extends TinyClusterTestCase {
  private boolean written;
  private boolean restarting;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class, HoldingScript.class);
  }

  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    // Of the first node, and of both after a restart, which changes their numbers.
    if (!written || restarting) {
      TinyModelDirectory.write(directory, 1);
      written = true;
    }
  }

  public void testEveryNodeFitsAndUsesArtefactsAlsoAfterARestart() throws Exception {
    List<String> nodes = internalCluster().startNodes(2);
    fill();
    Map<String, Map<String, Double>> bySeed = new TreeMap<>();
    for (String node : nodes) {
      Client client = internalCluster().client(node);
      StoredArtefact fitted =
          client
              .execute(
                  FitArtefactAction.INSTANCE,
                  new FitArtefactAction.Request(
                      "fisher-" + nodes.indexOf(node),
                      Map.of("type", "fisher", "index", "train", "field", "gradient"),
                      null,
                      null,
                      false))
              .actionGet()
              .artefacts()
              .getFirst();
      assertEquals(30, fitted.content().orElseThrow().documents());
      bySeed.put(fitted.id(), influences(client, fitted.id()));
    }
    cancelledWhereItWasSentFrom(nodes.get(1));
    assertEquals(pca(nodes.get(0)), pca(nodes.get(1)));
    // Both nodes drew all documents, in any order of shards.
    assertClose(bySeed.get("fisher-0"), bySeed.get("fisher-1"));
    assertClose(
        bySeed.get("fisher-0"), influences(internalCluster().client(nodes.get(1)), "fisher-0"));
    for (String coordinator : nodes) {
      for (String other : nodes) {
        assertClose(
            selfInfluence(coordinator, coordinator, "fisher-0"),
            selfInfluence(coordinator, other, "fisher-0"));
      }
    }
    assertAgreeOnTheAgreement(nodes);
    restarting = true;
    internalCluster().fullRestart();
    ensureGreen("train", ArtefactIndex.NAME);
    assertClose(bySeed.get("fisher-0"), influences(client(), "fisher-0"));
  }

  /** Every node draws the same documents, whichever copies of their shards are searched. */
  private static void assertAgreeOnTheAgreement(List<String> nodes) {
    Set<String> answers = new HashSet<>();
    for (String node : nodes) {
      for (int repeated = 0; repeated < 2; repeated++) {
        answers.add(
            Strings.toString(
                MediaTypeRegistry.JSON,
                internalCluster()
                    .client(node)
                    .execute(
                        CompareAction.INSTANCE,
                        new CompareAction.Request(
                            new CompareAction.Side("demo", null),
                            new CompareAction.Side("sketch", null),
                            "train",
                            new CompareSample(6, 100, 5, 42),
                            false))
                    .actionGet()));
      }
    }
    assertEquals(answers.toString(), 1, answers.size());
    String answer = answers.iterator().next();
    assertTrue(answer, answer.contains("\"documents\":24,\"spearman\":{\"mean\":0."));
  }

  private static void put(String attributor, Map<String, ?> compression) {
    client()
        .execute(
            PutAttributorAction.INSTANCE,
            new PutAttributorAction.Request(
                attributor,
                AttributorSpecFormat.fromMap(
                    Map.of(
                        "model",
                        MODEL,
                        "parameters",
                        "linear",
                        "template",
                        Map.of("prompt", "{{instruction}}\n", "completion", "{{output}}"),
                        "compression",
                        compression))))
        .actionGet();
  }

  private void fill() {
    put("demo", Map.of("method", "logra", "rank", 3));
    put("sketch", Map.of("dimension", 256));
    client()
        .admin()
        .cluster()
        .preparePutPipeline(
            "influence",
            new BytesArray(
                "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}},{\"rapidgrad\":{\"attributor\":\"sketch\",\"target_field\":\"other\"}}]}"),
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
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"},\"other\":{\"type\":\"gradient_vector\",\"attributor\":\"sketch\"}}}")
        .get();
    ensureGreen("train");
    ingest(client(), 0, 30);
  }

  /** The node with the model shows the progress, and ends the fit when the request is cancelled. */
  private static void cancelledWhereItWasSentFrom(String node) throws Exception {
    HoldingScript.hold();
    try {
      ActionFuture<ArtefactsResponse> fit =
          internalCluster()
              .client(node)
              .execute(
                  FitArtefactAction.INSTANCE,
                  new FitArtefactAction.Request(
                      "pca",
                      Map.of("type", "pca", "index", "train", "attributor", "demo"),
                      new ScriptQueryBuilder(
                          new Script(ScriptType.INLINE, "mockscript", "hold", Map.of())),
                      null,
                      false));
      assertTrue(HoldingScript.awaitReached());
      List<TaskInfo> tasks =
          client()
              .admin()
              .cluster()
              .prepareListTasks()
              .setActions(FitArtefactAction.NAME)
              .setDetailed(true)
              .get()
              .getTasks();
      assertEquals(2, tasks.size());
      for (TaskInfo task : tasks) {
        assertEquals(task.toString(), task.getParentTaskId().isSet(), task.getStatus() != null);
        if (!task.getParentTaskId().isSet()) {
          client().admin().cluster().prepareCancelTasks().setTaskId(task.getTaskId()).get();
        }
      }
      HoldingScript.open();
      String thrown = ExceptionsHelper.stackTrace(expectThrows(Exception.class, fit::actionGet));
      assertTrue(thrown, thrown.contains("TaskCancelledException"));
    } finally {
      HoldingScript.open();
    }
  }

  /** The digest of principal components, which the first node fits: it has the model. */
  private static String pca(String node) {
    Client client = internalCluster().client(node);
    StoredArtefact fitted =
        client
            .execute(
                FitArtefactAction.INSTANCE,
                new FitArtefactAction.Request(
                    "pca",
                    Map.of("type", "pca", "index", "train", "attributor", "demo"),
                    null,
                    null,
                    false))
            .actionGet()
            .artefacts()
            .getFirst();
    assertEquals(30, fitted.content().orElseThrow().documents());
    client.execute(DeleteArtefactAction.INSTANCE, new ArtefactRequest("pca")).actionGet();
    return fitted.content().orElseThrow().digest();
  }

  private static Map<String, Double> influences(Client client, String preconditioner) {
    Map<String, Double> influences = new TreeMap<>();
    for (SearchHit hit :
        client
            .prepareSearch("train")
            .setSize(100)
            .setQuery(
                QueryBuilders.wrapperQuery(
                    "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"this\",\"preconditioner\":\"%s\"}}}"
                        .formatted(preconditioner)))
            .get()
            .getHits()) {
      influences.put(hit.getId(), ((Number) hit.field("influence").getValue()).doubleValue());
    }
    assertEquals(30, influences.size());
    return influences;
  }

  /** What ranks with relatif where a node coordinates and a node has the documents. */
  private static Map<String, Double> selfInfluence(
      String coordinator, String data, String preconditioner) {
    Map<String, Double> normalized = new TreeMap<>();
    for (SearchHit hit :
        internalCluster()
            .client(coordinator)
            .prepareSearch("train")
            .setSize(100)
            .setPreference("_only_nodes:" + data)
            .setExplain(true)
            .setQuery(
                QueryBuilders.wrapperQuery(
                    "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"this\",\"normalize\":\"relatif\",\"preconditioner\":\"%s\"}}}"
                        .formatted(preconditioner)))
            .get()
            .getHits()) {
      assertEquals(hit.getScore(), hit.getExplanation().getValue().floatValue(), 1e-5);
      assertTrue(hit.getExplanation().toString().contains("self-influence by artefact [fisher-0]"));
      normalized.put(
          hit.getId(), ((Number) hit.field("influence_normalized").getValue()).doubleValue());
    }
    assertEquals(30, normalized.size());
    return normalized;
  }

  private static void assertClose(Map<String, Double> wanted, Map<String, Double> got) {
    double largest = wanted.values().stream().mapToDouble(Math::abs).max().orElseThrow();
    wanted.forEach((id, influence) -> assertEquals(influence, got.get(id), 1e-5 * largest));
  }
}
