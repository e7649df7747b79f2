package org.rapidin.plugin.query;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.explain.InfluenceExtBuilder;

/** Queries that are restricted to modules, and the influence through each module. */
public class InfluenceModulesTests extends TinyNodeTestCase {
  private static final String TEXT = "\"prompt\":\"what\\n\",\"completion\":\"a question\"";
  private static final String MLP = "\"modules\":[\"*.layers.0.mlp.*\"]";

  private void createAll(Map<String, Object> compression) {
    createAll(compression, 6);
  }

  private void createAll(Map<String, Object> compression, int documents) {
    Map<String, Object> spec = new LinkedHashMap<>(AttributorSpecFormat.toMap(spec("tiny", 256)));
    spec.remove("adapter");
    spec.remove("checkpoints");
    spec.put("parameters", List.of("linear"));
    spec.put("normalization", "none");
    spec.put("similarity", "cosine");
    spec.put("compression", compression);
    put("demo", AttributorSpecFormat.fromMap(spec));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < documents; i++) {
      bulk.add(
          client()
              .prepareIndex("train")
              .setId("" + i)
              .setSource(Map.of("instruction", "say " + i, "output", "number " + i * i)));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  private SearchResponse search(String subject) {
    return search(subject, 10);
  }

  private SearchResponse search(String subject, int size) {
    SearchResponse response =
        client()
            .prepareSearch("train")
            .setSource(
                new SearchSourceBuilder()
                    .query(
                        QueryBuilders.wrapperQuery(
                            "{\"influence\":{\"gradient\":{" + subject + "}}}"))
                    .size(size)
                    .ext(List.of(new InfluenceExtBuilder(false, 0, true))))
            .get();
    assertEquals(0, response.getFailedShards());
    return response;
  }

  private static double raw(SearchHit hit) {
    return ((Number) hit.field("influence").getValue()).doubleValue();
  }

  private static Map<String, Double> byModule(SearchHit hit) {
    Map<String, Double> influences = new LinkedHashMap<>();
    for (Object value : hit.field("influence_modules").getValues()) {
      Map<?, ?> entry = (Map<?, ?>) value;
      influences.put((String) entry.get("module"), (Double) entry.get("influence"));
    }
    return influences;
  }

  public void testARestrictedInfluenceIsTheSumOfThoseThroughItsModules() {
    for (Map<String, Object> compression :
        List.<Map<String, Object>>of(
            Map.of("method", "logra", "rank", 4),
            Map.of("method", "trackstar", "dimension", 1024))) {
      createAll(compression);
      Map<String, Double> wanted = new LinkedHashMap<>();
      for (SearchHit hit : search(TEXT).getHits()) {
        Map<String, Double> influences = byModule(hit);
        assertTrue(influences.size() > 8);
        double all = influences.values().stream().mapToDouble(Double::doubleValue).sum();
        assertEquals(raw(hit), all, 1e-5 + 1e-4 * Math.abs(raw(hit)));
        wanted.put(
            hit.getId(),
            influences.entrySet().stream()
                .filter(entry -> entry.getKey().contains("layers.0.mlp."))
                .mapToDouble(Map.Entry::getValue)
                .sum());
      }
      double last = Double.POSITIVE_INFINITY;
      for (SearchHit hit : search(TEXT + "," + MLP).getHits()) {
        assertEquals(wanted.get(hit.getId()), raw(hit), 1e-5 + 1e-4 * Math.abs(raw(hit)));
        assertTrue("best first", raw(hit) <= last);
        last = raw(hit);
        byModule(hit)
            .forEach(
                (module, influence) -> {
                  if (!module.contains("layers.0.mlp.")) {
                    assertEquals(module, 0, influence, 0);
                  }
                });
      }
      client().admin().indices().prepareDelete("train").get();
      delete("demo", true);
    }
  }

  public void testHitsBeyondTheFirstHundredSayThatTheyHaveNone() {
    createAll(Map.of("method", "logra", "rank", 4), 102);
    SearchHit[] hits = search(TEXT, 102).getHits().getHits();
    assertEquals(102, hits.length);
    assertTrue(byModule(hits[99]).size() > 8);
    for (int i = 100; i < hits.length; i++) {
      Map<?, ?> entry = hits[i].field("influence_modules").getValue();
      assertEquals(
          "[ext.influence.modules] is for the first 100 hits of a shard: ask for fewer hits",
          entry.get("error"));
    }
  }

  public void testWhatCannotBeRestrictedIsRefused() {
    createAll(Map.of("method", "logra", "rank", 4));
    assertRefused(TEXT + ",\"modules\":[\"*.nothing\"]", "has [*.nothing], which fits none");
    assertRefused(TEXT + ",\"modules\":[]", "[modules] is empty");
    assertRefused(TEXT + ",\"modules\":\"mlp\"", "[modules] takes a list of strings");
    assertRefused("\"vector\":[1]," + MLP, "not a [vector]");
  }

  public void testMethodsThatMixModulesHaveNone() {
    createAll(Map.of("method", "rapidgrad", "dimension", 256));
    assertRefused(TEXT + "," + MLP, "keeps modules apart");
    String shown = search(TEXT).getHits().getAt(0).field("influence_modules").getValue().toString();
    assertTrue(shown, shown.contains("keeps them apart"));
  }

  private void assertRefused(String subject, String reason) {
    Exception refused = expectThrows(Exception.class, () -> search(subject));
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
    String trace = ExceptionsHelper.stackTrace(refused);
    assertTrue(trace, trace.contains(reason));
  }
}
