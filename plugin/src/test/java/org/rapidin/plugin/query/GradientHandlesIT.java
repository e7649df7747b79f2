package org.rapidin.plugin.query;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.After;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.admin.cluster.node.stats.NodeStats;
import org.opensearch.action.admin.cluster.node.stats.NodesStatsRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.action.search.SearchType;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.PluginsService;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.transport.MockTransportService;
import org.opensearch.test.transport.StubbableTransport;
import org.opensearch.transport.ConnectTransportException;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.scorer.ElementType;

/** Vectors of queries and tokens between the nodes of a cluster: what moves, and what gets lost. */
@ClusterScope(numDataNodes = 3, numClientNodes = 0, supportsDedicatedMasters = false)
public class GradientHandlesIT extends OpenSearchIntegTestCase {
  private static final int K = TestAttributors.WIDE_DIMENSION;
  private static final int DOCUMENTS = 60;
  private static final long VECTOR_BYTES = 4L * K;
  private static final long ROW_BYTES = ElementType.FLOAT16.rowLength(K);
  private static final String VECTOR_ACTION = "internal:rapidin/handles/vector";
  private static final String INFLUENCES_ACTION = "internal:rapidin/handles/influences";
  private static final String TOKENS_ACTION = "internal:rapidin/handles/tokens";

  private final Map<String, float[]> stored = new HashMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(GradientTestPlugin.class, MockTransportService.TestPlugin.class);
  }

  @After
  public void behave() {
    for (TransportService transport : internalCluster().getInstances(TransportService.class)) {
      ((MockTransportService) transport).clearAllRules();
    }
  }

  public void testASearchMovesAVectorPerNodeAndTheRowsOfItsHits() throws Exception {
    for (int shards : new int[] {3, 30}) {
      String index = "train-" + shards;
      fill(index, shards);
      String body = body(10, words(120), "").replace("capital?", "capital of " + shards + "?");
      search(index, body.replace("capital", "warm up"));
      long before = transportBytes();
      SearchResponse response = search(index, body);
      long moved = transportBytes() - before;
      assertEquals(10, response.getHits().getHits().length);
      assertTokens(response, "capital of " + shards + "?", words(120));
      logger.info("{} shards: a search with 120 tokens moved {} bytes", shards, moved);
      assertThat(moved, lessThanOrEqualTo((1 + 3) * VECTOR_BYTES + 10 * ROW_BYTES + (1 << 20)));
    }
  }

  public void testTheVectorsOfFewTokensGoToTheManyHits() throws Exception {
    fill("train", 3);
    AtomicInteger rows = count(INFLUENCES_ACTION);
    AtomicInteger vectors = count(TOKENS_ACTION);
    String body = body(DOCUMENTS, "Paris", "");
    long before = transportBytes();
    SearchResponse response = search("train", body);
    long moved = transportBytes() - before;
    assertTokens(response, "Paris");
    assertEquals(0, rows.get());
    assertEquals("one request a node that is not the holder", 2, vectors.get());
    assertThat(moved, lessThanOrEqualTo(2 * 2 * VECTOR_BYTES + (1 << 20)));
  }

  public void testOneShardOneScrollAndDfsHaveTheSameInfluences() throws Exception {
    fill("one", 1);
    fill("three", 3);
    String body = body(5, words(12), "");
    SearchResponse wanted = search("three", body);
    assertTokens(wanted, words(12));
    for (String node : internalCluster().getNodeNames()) {
      SearchResponse single = client(node).search(request("one", body)).actionGet();
      assertTokens(single, words(12));
      SearchResponse dfs =
          client(node)
              .search(request("three", body).searchType(SearchType.DFS_QUERY_THEN_FETCH))
              .actionGet();
      assertTokens(dfs, words(12));
      SearchResponse page =
          client(node)
              .search(request("three", body).scroll(TimeValue.timeValueMinutes(1)))
              .actionGet();
      int seen = 0;
      while (page.getHits().getHits().length > 0) {
        assertTokens(page, words(12));
        seen += page.getHits().getHits().length;
        page =
            client(node)
                .prepareSearchScroll(page.getScrollId())
                .setScroll(TimeValue.timeValueMinutes(1))
                .get();
      }
      assertEquals(DOCUMENTS, seen);
      client(node).prepareClearScroll().addScrollId(page.getScrollId()).get();
    }
  }

  public void testASearchWithoutTokensDoesNotHideTheHolderOfTokens() throws Exception {
    fill("train", 3);
    for (String words : List.of(words(31), "w0")) {
      String body = body(10, words, "");
      int before = computed();
      Held fetches = hold(SearchTransportService.FETCH_ID_ACTION_NAME);
      ActionFuture<SearchResponse> withTokens = client(holder()).search(request("train", body));
      assertBusy(() -> assertTrue(fetches.count() > 0));
      int others = 0;
      for (String node : internalCluster().getNodeNames()) {
        if (!node.equals(holder())) {
          SearchRequest count = request("train", body.replace("true", "false"));
          count.source().size(0);
          client(node).search(count.requestCache(false)).actionGet();
          others++;
        }
      }
      fetches.letGo();
      assertTokens(withTokens.actionGet(), words);
      assertEquals("no search was repeated", before + 1 + others, computed());
      behave();
    }
  }

  public void testACancelledSearchDoesNotWaitForAHolderThatHasStopped() throws Exception {
    fill("train", 3);
    for (String action : List.of(INFLUENCES_ACTION, TOKENS_ACTION)) {
      Held unanswered = hold(action);
      String words = action.equals(TOKENS_ACTION) ? "w1" : words(32);
      ActionFuture<SearchResponse> search =
          client(holder()).search(request("train", body(10, words, "")));
      try {
        assertBusy(() -> assertTrue(action, unanswered.count() > 0));
        client().admin().cluster().prepareCancelTasks().setActions(SearchAction.NAME).get();
        // The holder would be waited for during 10 seconds.
        assertBusy(() -> assertTrue(search.isDone()), 6, TimeUnit.SECONDS);
      } finally {
        unanswered.letGo();
        behave();
      }
    }
  }

  public void testASearchDoesNotWaitForTheHolderOfAnother() throws Exception {
    fill("train", 3);
    Held unanswered = hold(VECTOR_ACTION);
    String body = body(10, "w2", "").replace("true", "false");
    ActionFuture<SearchResponse> waiting =
        client(internalCluster().getNodeNames()[1]).search(request("train", body));
    try {
      assertBusy(() -> assertTrue(unanswered.count() > 0));
      behave();
      assertEquals(10, search("train", body).getHits().getHits().length);
      assertFalse("the first holder does not answer", waiting.isDone());
    } finally {
      unanswered.letGo();
    }
    assertEquals(10, waiting.actionGet().getHits().getHits().length);
  }

  public void testALostHolderIsAskedAgainOnce() throws Exception {
    fill("train", 3);
    for (String action : List.of(VECTOR_ACTION, INFLUENCES_ACTION)) {
      AtomicInteger failures = fail(action, 1);
      int before = computed();
      SearchResponse response = search("train", body(10, words(30), ", \"boost\": 2"));
      assertTokens(response, words(30));
      assertEquals(action, 0, failures.get());
      assertEquals(action, before + 2, computed());
      behave();
    }
  }

  public void testAHolderThatStaysLostIsOneClearError() throws Exception {
    fill("train", 3);
    fail(VECTOR_ACTION, Integer.MAX_VALUE);
    int before = computed();
    SearchRequest request =
        request("train", body(10, words(3), "")).allowPartialSearchResults(false);
    Exception thrown =
        expectThrows(Exception.class, () -> client(holder()).search(request).actionGet());
    assertEquals(before + 2, computed());
    assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status(thrown));
    assertThat(
        ExceptionsHelper.stackTrace(thrown),
        containsString("the gradient of this query is no longer on node"));
  }

  public void testEqualQueriesAreAnsweredFromTheRequestCache() throws Exception {
    fill("train", 3);
    String body =
        """
        {"size": 0, "query": {"influence": {"gradient": {"prompt": "p", "completion": "a b"}}},
          "aggs": {"n": {"max": {"field": "n"}}}}
        """;
    // A merge in the background would change the reader, and with it the keys.
    client().admin().indices().prepareForceMerge("train").setMaxNumSegments(1).get();
    refresh("train");
    for (int round = 0; round < 2; round++) {
      for (String node : internalCluster().getNodeNames()) {
        client(node).search(request("train", body).requestCache(true)).actionGet();
      }
    }
    var cache = client().admin().indices().prepareStats("train").get().getTotal().getRequestCache();
    // How many of the 18 miss depends on merges in the background too.
    assertThat(cache.getHitCount(), greaterThan(0L));
  }

  public void testNothingStaysReservedOnceGradientsExpire() throws Exception {
    fill("train", 3);
    for (int i = 0; i < 5; i++) {
      search("train", body(10, words(20 + i), ""));
    }
    assertBusy(
        () -> {
          for (GradientTestPlugin plugin : plugins()) {
            plugin.expireGradients();
            assertEquals(0, plugin.reservedBytes());
          }
        });
  }

  /** A holder forgets what no search uses after its time to live; a scroll may be read later. */
  public void testLaterPagesOfAScrollHaveTokensAfterTheHolderForgotThem() throws Exception {
    String node = internalCluster().getNodeNames()[1];
    fill("train", 3, Settings.builder().put("index.routing.allocation.exclude._name", node));
    for (SearchType type : List.of(SearchType.QUERY_THEN_FETCH, SearchType.DFS_QUERY_THEN_FETCH)) {
      SearchRequest first = request("train", body(5, words(12), "")).searchType(type);
      SearchResponse page =
          client(node).search(first.scroll(TimeValue.timeValueMinutes(1))).actionGet();
      int seen = 0;
      while (page.getHits().getHits().length > 0) {
        assertEquals(0, page.getFailedShards());
        assertTokens(page, words(12));
        seen += page.getHits().getHits().length;
        plugins().forEach(GradientTestPlugin::expireGradients);
        page =
            client(node)
                .prepareSearchScroll(page.getScrollId())
                .setScroll(TimeValue.timeValueMinutes(1))
                .get();
      }
      assertEquals(DOCUMENTS, seen);
      client(node).prepareClearScroll().addScrollId(page.getScrollId()).get();
    }
    assertBusy(
        () -> {
          for (GradientTestPlugin plugin : plugins()) {
            plugin.expireGradients();
            assertEquals(0, plugin.reservedBytes());
          }
        });
  }

  private void fill(String index, int shards) throws Exception {
    fill(index, shards, Settings.builder());
  }

  private void fill(String index, int shards, Settings.Builder settings) throws Exception {
    client()
        .admin()
        .indices()
        .create(
            new CreateIndexRequest(index)
                .settings(
                    settings
                        .put("index.codec", "rapidin")
                        .put("index.number_of_shards", shards)
                        .put("index.refresh_interval", "-1")
                        .put("index.number_of_replicas", 0))
                .mapping(
                    """
                    {"_doc": {"properties": {
                      "gradient": {"type": "gradient_vector", "attributor": "wide"}}}}
                    """))
        .actionGet();
    BulkRequest bulk = new BulkRequest(index).setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < DOCUMENTS; i++) {
      byte[] row = ElementType.FLOAT16.encode(FakeGradients.gaussian(i, K));
      stored.put("doc-" + i, ElementType.FLOAT16.decode(row));
      bulk.add(
          new IndexRequest()
              .id("doc-" + i)
              .source("n", i, "gradient", Base64.getEncoder().encodeToString(row)));
    }
    assertFalse(client().bulk(bulk).actionGet().hasFailures());
    ensureGreen(index);
  }

  private static String words(int count) {
    return IntStream.range(0, count).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
  }

  private static String body(int size, String completion, String more) {
    return """
        {"size": %s, "ext": {"influence": {"tokens": true}}, "query": {"influence": {"gradient":
          {"prompt": "capital?", "completion": "%s"%s}}}}
        """
        .formatted(size, completion, more);
  }

  private SearchRequest request(String index, String body) throws Exception {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, body)) {
      return new SearchRequest(index).source(SearchSourceBuilder.fromXContent(parser));
    }
  }

  private SearchResponse search(String index, String body) throws Exception {
    SearchResponse response = client(holder()).search(request(index, body)).actionGet();
    assertEquals(0, response.getFailedShards());
    return response;
  }

  /** The node that coordinates computes, and keeps what it computed. */
  private static String holder() {
    return internalCluster().getNodeNames()[0];
  }

  private void assertTokens(SearchResponse response, String completion) {
    assertTokens(response, "capital?", completion);
  }

  private void assertTokens(SearchResponse response, String prompt, String completion) {
    String[] words = completion.split(" ");
    for (SearchHit hit : response.getHits()) {
      List<Object> tokens = hit.field("influence_tokens").getValues();
      assertEquals(words.length, tokens.size());
      double sum = 0;
      for (int t = 0; t < words.length; t++) {
        Map<?, ?> token = (Map<?, ?>) tokens.get(t);
        assertEquals(words[t], token.get("token"));
        double influence = (Double) token.get("influence");
        if (t < 3) {
          float[] vector = FakeGradients.gaussian((prompt + words[t]).hashCode(), K);
          // Float32 sums of 65,536 products of about 1, against double.
          assertEquals(product(vector, stored.get(hit.getId())), influence, 0.05);
        }
        sum += influence;
      }
      double raw = (Double) hit.field("influence").getValue();
      assertEquals(raw, sum / words.length, 0.05);
    }
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  private static long transportBytes() {
    long bytes = 0;
    for (NodeStats node :
        client()
            .admin()
            .cluster()
            .nodesStats(new NodesStatsRequest().clear().addMetric("transport"))
            .actionGet()
            .getNodes()) {
      bytes += node.getTransport().getTxSize().getBytes();
    }
    return bytes;
  }

  private static List<GradientTestPlugin> plugins() {
    List<GradientTestPlugin> plugins = new ArrayList<>();
    for (PluginsService service : internalCluster().getInstances(PluginsService.class)) {
      plugins.addAll(service.filterPlugins(GradientTestPlugin.class));
    }
    return plugins;
  }

  private static int computed() {
    return plugins().stream().mapToInt(plugin -> plugin.gradients().queries()).sum();
  }

  private static AtomicInteger count(String action) {
    AtomicInteger count = new AtomicInteger();
    handle(
        action,
        (handler, request, channel, task) -> {
          count.incrementAndGet();
          handler.messageReceived(request, channel, task);
        });
    return count;
  }

  /** Requests that nobody answers until they are let go. */
  private record Held(List<Runnable> requests) {
    int count() {
      return requests.size();
    }

    void letGo() {
      requests.forEach(Thread::startVirtualThread);
    }
  }

  private static Held hold(String action) {
    Held held = new Held(new CopyOnWriteArrayList<>());
    handle(
        action,
        (handler, request, channel, task) ->
            held.requests()
                .add(
                    () -> {
                      try {
                        handler.messageReceived(request, channel, task);
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    }));
    return held;
  }

  /** The next requests of an action fail as if their node had left; returns how many are left. */
  private static AtomicInteger fail(String action, int times) {
    AtomicInteger left = new AtomicInteger(times);
    handle(
        action,
        (handler, request, channel, task) -> {
          if (left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            channel.sendResponse(new ConnectTransportException(null, "gone"));
          } else {
            handler.messageReceived(request, channel, task);
          }
        });
    return left;
  }

  private static void handle(
      String action, StubbableTransport.RequestHandlingBehavior<TransportRequest> behavior) {
    for (TransportService transport : internalCluster().getInstances(TransportService.class)) {
      ((MockTransportService) transport).addRequestHandlingBehavior(action, behavior);
    }
  }
}
