package org.rapidin.plugin.query;

import java.util.Collection;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.plugins.Plugin;
import org.rapidin.plugin.scan.ScanPermits;
import org.rapidin.plugin.scan.ScanStats;

/**
 * A node on which one shard is scanned at a time. A scan is slow because the script of an
 * aggregation holds it. After each test every permit is back.
 */
public abstract class ScanGateTestCase extends InfluenceNodeTestCase {
  static final int SEARCH_THREADS = 3;
  static final int MAY_WAIT = 40;
  static final float[] QUERY = FakeGradients.gaussian(4711);
  static final String FAST = "{\"size\": 100, \"query\": " + byVector(QUERY) + "}";
  static final String HELD =
      "{\"size\": 100, \"query\": "
          + byVector(QUERY)
          + ", \"aggs\": {\"a\": {\"sum\": {\"script\":"
          + " {\"lang\": \"mockscript\", \"source\": \"hold\"}}}}}";

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(GradientTestPlugin.class, HoldingScript.class);
  }

  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put(ScanPermits.THREADS.getKey(), 1)
        .put("thread_pool.search.size", SEARCH_THREADS)
        .put("thread_pool.search.queue_size", MAY_WAIT)
        .build();
  }

  @Before
  public void fill() {
    HoldingScript.hold();
    createTrainingIndex("demo");
  }

  @After
  public void everyPermitIsBack() throws Exception {
    HoldingScript.open();
    assertScans(0, 0);
  }

  void createIndexOfOne() {
    createIndex("one", 1, "demo");
    client().prepareIndex("one").setId("doc-7").setSource("gradient", base64("doc-7", QUERY)).get();
    client().admin().indices().prepareRefresh("one").get();
  }

  void assertScans(int running, int waiting) throws Exception {
    assertBusy(
        () -> {
          ScanStats now = plugin().scans();
          assertEquals(running, now.running());
          assertEquals(waiting, now.waiting());
        });
  }

  SearchRequest request(String body, String index) {
    return new SearchRequest(index).source(source(body));
  }

  ActionFuture<SearchResponse> start(String body, String index) {
    return client().search(request(body, index));
  }
}
