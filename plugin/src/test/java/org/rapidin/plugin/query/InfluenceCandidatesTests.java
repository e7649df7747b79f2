package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.search.SearchHit;

/** Queries in candidates mode, on the node. */
public class InfluenceCandidatesTests extends InfluenceNodeTestCase {
  private static final String CODED = "coded";
  private static final int SHARDS = 2;
  private static final int DOCUMENTS = 600;
  private static final float[] QUERY = FakeGradients.gaussian(4711);

  private void createCodedIndex() {
    String mapping =
        """
        {"_doc": {"properties": {
           "lang": {"type": "keyword"},
           "gradient": {"type": "gradient_vector", "attributor": "demo",
             "index_options": {"candidates": "sign_bits"}}}}}
        """;
    Settings.Builder settings =
        Settings.builder()
            .put("index.codec", "rapidin")
            .put("index.number_of_shards", SHARDS)
            .put("index.number_of_replicas", 0);
    client()
        .admin()
        .indices()
        .create(new CreateIndexRequest(CODED).settings(settings).mapping(mapping))
        .actionGet();
    for (int from = 0; from < DOCUMENTS; from += DOCUMENTS / 3) {
      BulkRequest bulk = new BulkRequest(CODED).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
      for (int i = from; i < from + DOCUMENTS / 3; i++) {
        String id = "doc-" + i;
        bulk.add(
            new IndexRequest(CODED)
                .id(id)
                .source(
                    "lang",
                    i % 2 == 0 ? "en" : "de",
                    "gradient",
                    base64(id, FakeGradients.gaussian(i))));
      }
      assertFalse(client().bulk(bulk).actionGet().hasFailures());
    }
  }

  public void testTheBestDocumentsOfEachShardMatch() {
    createCodedIndex();
    List<String> exact = ids(search(body(50, byVector(QUERY)), CODED));
    // All are scored exactly.
    SearchResponse all = search(body(50, byVector(QUERY, candidates(10, 60))), CODED);
    assertEquals(SHARDS * 10L, all.getHits().getTotalHits().value());
    assertEquals(exact.subList(0, 10), ids(all).subList(0, 10));
    for (SearchHit hit : all.getHits()) {
      assertEquals(score(QUERY, hit.getId()), hit.getScore(), TOLERANCE);
      assertEquals(
          raw(QUERY, hit.getId()), hit.field("influence").<Number>getValue().doubleValue(), 1e-3);
    }
    // Few are: the very best are still found.
    List<String> few = ids(search(body(50, byVector(QUERY, candidates(10, 5))), CODED));
    List<String> missed = new ArrayList<>(exact.subList(0, 10));
    missed.removeAll(few);
    assertTrue("missed " + missed, missed.size() <= 2);
  }

  public void testAsManyMatchAsTheSearchShows() {
    createCodedIndex();
    String query = byVector(QUERY, "\"mode\": \"candidates\"");
    assertEquals(150, ids(search(body(150, query), CODED)).size());
    assertEquals(SHARDS * 100L, search(body(10, query), CODED).getHits().getTotalHits().value());
  }

  public void testTheFilterIsHonouredBeforeCandidatesAreChosen() {
    createCodedIndex();
    String query = byVector(QUERY, "\"filter\": {\"term\": {\"lang\": \"en\"}}", candidates(20, 1));
    List<String> found = ids(search(body(100, query), CODED));
    assertEquals(SHARDS * 20, found.size());
    found.forEach(id -> assertEquals(0, Integer.parseInt(id.substring(4)) % 2));
  }

  public void testAFieldWithoutCodesSaysWhatToDo() {
    createTrainingIndex("demo");
    Exception refused =
        expectThrows(
            Exception.class,
            () ->
                client()
                    .search(
                        new SearchRequest(INDEX)
                            .source(source(body(10, byVector(QUERY, candidates(10, 5))))))
                    .actionGet());
    assertTrue(
        refused.toString(), refused.toString().contains("field [gradient] has no candidates"));
  }

  private static String candidates(int k, int oversample) {
    return "\"mode\": \"candidates\", \"k\": %s, \"oversample\": %s".formatted(k, oversample);
  }

  private static String body(int size, String query) {
    return "{\"size\": %s, \"query\": %s}".formatted(size, query);
  }
}
