package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.After;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.SearchHit;

/**
 * Rows of the reliability table that concern searches; a test's name begins with the row's number.
 */
public class InfluenceReliabilityTests extends InfluenceNodeTestCase {
  private static final String MODE = "search.concurrent_segment_search.mode";
  private static final String SLICES = "search.concurrent.max_slice_count";
  private static final float[] QUERY = FakeGradients.gaussian(4711);
  private static final String ALL = "{\"size\": 100, \"query\": " + byVector(QUERY) + "}";

  @After
  public void resetSettings() {
    settings(Settings.builder().putNull(MODE).putNull(SLICES).build());
  }

  public void testRow35ADocumentIsInvisibleBeforeARefreshAndVisibleAfterIt() {
    createTrainingIndex("demo", Settings.builder().put("index.refresh_interval", "-1").build());
    List<String> before = ids(search(ALL));
    client()
        .index(
            new IndexRequest(INDEX)
                .id("doc-99")
                .source(Map.of("gradient", base64("doc-99", QUERY.clone()))))
        .actionGet();
    assertEquals(before, ids(search(ALL)));
    client().admin().indices().prepareRefresh(INDEX).get();
    List<String> after = new ArrayList<>(before);
    after.addFirst("doc-99");
    assertEquals(after, ids(search(ALL)));
  }

  public void testRow36SlicesOfConcurrentSegmentSearchDoNotChangeIdsAndScores() {
    createTrainingIndex("demo");
    settings(Settings.builder().put(MODE, "none").build());
    Map<String, Float> wanted = scores(search(ALL));
    assertEquals(WITH_VECTOR, wanted.size());
    for (int slices = 1; slices <= 8; slices++) {
      settings(Settings.builder().put(MODE, "all").put(SLICES, slices).build());
      assertEquals(wanted, scores(search(ALL)));
    }
  }

  public void testRow37OneShardAndFiveHaveTheSameTopHits() {
    createTrainingIndex("demo");
    createIndex("one", 1, "demo");
    createIndex("five", 5, "demo");
    for (String index : List.of("one", "five")) {
      stored
          .keySet()
          .forEach(
              id ->
                  client()
                      .index(
                          new IndexRequest(index)
                              .id(id)
                              .source("gradient", base64(id, FakeGradients.gaussian(number(id)))))
                      .actionGet());
      client().admin().indices().prepareRefresh(index).get();
    }
    for (int size : new int[] {1, 10, 100}) {
      String body = "{\"size\": " + size + ", \"query\": " + byVector(QUERY) + "}";
      assertEquals(scores(search(body, "one")), scores(search(body, "five")));
      assertEquals(scores(search(body)), scores(search(body, "one")));
    }
  }

  public void testRow54AHundredClausesAreAnswered() {
    createTrainingIndex("demo");
    List<String> clauses = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      clauses.add(
          """
          {"influence": {"gradient": {"prompt": "p%s", "completion": "a b c", "_name": "n%s"}}}
          """
              .formatted(i, i));
    }
    String body = "{\"query\": {\"bool\": {\"should\": [" + String.join(",", clauses) + "]}}}";
    SearchHit best = search(body).getHits().getAt(0);
    for (int i = 0; i < 100; i++) {
      assertNotNull(best.field("influence.n" + i));
    }
  }

  public void testRow54TheLargestSizeIsRefused() {
    createTrainingIndex("demo");
    String body = "{\"size\": 2147483647, \"query\": " + byVector(QUERY) + "}";
    Exception thrown =
        expectThrows(
            Exception.class,
            () -> client().search(new SearchRequest(INDEX).source(source(body))).actionGet());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(thrown));
  }

  private void settings(Settings settings) {
    client().admin().cluster().prepareUpdateSettings().setTransientSettings(settings).get();
  }

  private static Map<String, Float> scores(SearchResponse response) {
    Map<String, Float> scores = new LinkedHashMap<>();
    response.getHits().forEach(hit -> scores.put(hit.getId(), hit.getScore()));
    return scores;
  }
}
