package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.After;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.RapidInPlugin;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.query.HoldingScript;
import org.rapidin.plugin.registry.VectorizeAction;

/** A node with an index of texts whose vectors keep layers apart. */
public abstract class ArtefactNodeTestCase extends TinyNodeTestCase {
  static final Sample QUERY = new Sample("what is it?\n", "it is a cat");

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(RapidInPlugin.class, HoldingScript.class);
  }

  @After
  public void deleteArtefacts() {
    // One that an attributor names cannot be deleted.
    attributors(null).forEach(attributor -> delete(attributor.id(), true));
    artefacts(null).forEach(artefact -> delete(artefact.id()));
    client().admin().indices().prepareDelete("_all").get();
  }

  static AttributorSpec spec(String model, String compression, Map<String, ?> more) {
    Map<String, Object> map = new TreeMap<>();
    map.put("model", model);
    map.put("parameters", "linear");
    map.put("max_tokens", 64);
    map.put("template", Map.of("prompt", "{{instruction}}\n", "completion", "{{output}}"));
    map.putAll(more);
    Map<String, Object> method = new HashMap<>(Map.of("method", compression));
    if (compression.equals("logra")) {
      method.put("rank", 3);
    }
    map.put("compression", method);
    return AttributorSpecFormat.fromMap(map);
  }

  /** Puts an attributor, and creates and fills an index with its vectors in float32. */
  void fill(String attributor, AttributorSpec spec, List<Sample> documents) {
    put(attributor, spec);
    putPipeline(
        attributor, "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"" + attributor + "\"}}]}");
    client()
        .admin()
        .indices()
        .prepareCreate(attributor)
        .setSettings(
            Settings.builder()
                .put("index.codec", "rapidin")
                .put("index.default_pipeline", attributor)
                .put("index.number_of_shards", 2))
        .setMapping(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"element_type\":\"float32\",\"attributor\":\""
                + attributor
                + "\"},\"half\":{\"type\":\"keyword\"}}}")
        .get();
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < documents.size(); i++) {
      bulk.add(
          client()
              .prepareIndex(attributor)
              .setId(Integer.toString(i))
              .setSource(
                  Map.of(
                      "instruction",
                      documents.get(i).prompt(),
                      "output",
                      documents.get(i).completion(),
                      "half",
                      i % 2 == 0 ? "even" : "odd")));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  static List<Sample> documents(int count) {
    List<Sample> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(new Sample("say " + i * i, "the number " + i + " is " + (char) ('a' + i % 26)));
    }
    return documents;
  }

  /** What a document of an index becomes by the attributor's template. */
  static Sample rendered(Sample document) {
    return new Sample(document.prompt() + "\n", document.completion());
  }

  List<float[]> vectors(String attributor, List<Sample> samples) {
    List<float[]> vectors = new ArrayList<>();
    for (GradientResult result :
        client()
            .execute(VectorizeAction.INSTANCE, new VectorizeAction.Request(attributor, samples))
            .actionGet()
            .results()) {
      vectors.add(((GradientResult.Vector) result).vector().values());
    }
    return vectors;
  }

  /** The layers of an attributor's vectors, from the model's files. */
  List<VectorPart> layers(String attributor) {
    ModelReport report =
        getInstanceFromNode(ModelCatalog.class)
            .report(attributors(attributor).getFirst().spec(), true);
    return ((ModelReport.Usable) report).parts();
  }

  StoredArtefact fit(String id, Map<String, ?> body, QueryBuilder query) {
    return client()
        .execute(
            FitArtefactAction.INSTANCE, new FitArtefactAction.Request(id, body, query, null, false))
        .actionGet()
        .artefacts()
        .getFirst();
  }

  static Map<String, Object> fisher(String index, Map<String, ?> more) {
    Map<String, Object> body = new TreeMap<>(more);
    body.put("type", "fisher");
    body.put("index", index);
    body.put("field", "gradient");
    return body;
  }

  List<StoredArtefact> artefacts(String id) {
    return client()
        .execute(GetArtefactsAction.INSTANCE, new ArtefactRequest(id))
        .actionGet()
        .artefacts();
  }

  void delete(String id) {
    client().execute(DeleteArtefactAction.INSTANCE, new ArtefactRequest(id)).actionGet();
  }

  /** The influence of each document on a generation, with more keys of the query. */
  Map<String, Double> influences(String index, String more) {
    Map<String, Double> influences = new HashMap<>();
    for (SearchHit hit :
        client()
            .prepareSearch(index)
            .setSize(100)
            .setQuery(QueryBuilders.wrapperQuery(query(more)))
            .get()
            .getHits()) {
      influences.put(hit.getId(), ((Number) hit.field("influence").getValue()).doubleValue());
    }
    return influences;
  }

  static String query(String more) {
    return "{\"influence\":{\"gradient\":{\"prompt\":\"%s\",\"completion\":\"%s\"%s}}}"
        .formatted(QUERY.prompt().replace("\n", "\\n"), QUERY.completion(), more);
  }

  interface Action {
    void run() throws IOException;
  }

  static void assertRefused(RestStatus status, String sentence, Action action) {
    Exception thrown = expectThrows(Exception.class, action::run);
    String all = ExceptionsHelper.stackTrace(thrown);
    assertTrue(all, all.contains(sentence));
    assertEquals(all, status, ExceptionsHelper.status(thrown));
  }
}
