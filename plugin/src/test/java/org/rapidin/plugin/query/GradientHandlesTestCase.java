package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.After;
import org.opensearch.action.admin.cluster.node.stats.NodeStats;
import org.opensearch.action.admin.cluster.node.stats.NodesStatsRequest;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.xcontent.NamedXContentRegistry;
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

/** Clusters in which gradients of queries travel between nodes, or get lost on the way. */
@ClusterScope(numDataNodes = 3, numClientNodes = 0, supportsDedicatedMasters = false)
public abstract class GradientHandlesTestCase extends OpenSearchIntegTestCase {
  static final int K = TestAttributors.WIDE_DIMENSION;
  static final int DOCUMENTS = 60;
  static final long VECTOR_BYTES = 4L * K;
  static final long ROW_BYTES = ElementType.FLOAT16.rowLength(K);
  static final String VECTOR_ACTION = "internal:rapidin/handles/vector";
  static final String INFLUENCES_ACTION = "internal:rapidin/handles/influences";
  static final String TOKENS_ACTION = "internal:rapidin/handles/tokens";

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

  final void fill(String index, int shards) throws Exception {
    fill(index, shards, Settings.builder());
  }

  final void fill(String index, int shards, Settings.Builder settings) throws Exception {
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

  static String words(int count) {
    return IntStream.range(0, count).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
  }

  static String body(int size, String completion, String more) {
    return """
        {"size": %s, "ext": {"influence": {"tokens": true}}, "query": {"influence": {"gradient":
          {"prompt": "capital?", "completion": "%s"%s}}}}
        """
        .formatted(size, completion, more);
  }

  final SearchRequest request(String index, String body) throws Exception {
    return request(holder(), index, body);
  }

  /** A query has its gradient computed by the node that parsed it. */
  final SearchRequest request(String node, String index, String body) throws Exception {
    NamedXContentRegistry registry =
        internalCluster().getInstance(NamedXContentRegistry.class, node);
    try (XContentParser parser =
        createParser(registry, JsonXContent.jsonXContent, new BytesArray(body))) {
      return new SearchRequest(index).source(SearchSourceBuilder.fromXContent(parser));
    }
  }

  final SearchResponse search(String index, String body) throws Exception {
    SearchResponse response = client(holder()).search(request(index, body)).actionGet();
    assertEquals(0, response.getFailedShards());
    return response;
  }

  /** The node that coordinates computes, and keeps what it computed. */
  static String holder() {
    return internalCluster().getNodeNames()[0];
  }

  final void assertTokens(SearchResponse response, String completion) {
    assertTokens(response, "capital?", completion);
  }

  final void assertTokens(SearchResponse response, String prompt, String completion) {
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

  static long transportBytes() {
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

  static List<GradientTestPlugin> plugins() {
    List<GradientTestPlugin> plugins = new ArrayList<>();
    for (PluginsService service : internalCluster().getInstances(PluginsService.class)) {
      plugins.addAll(service.filterPlugins(GradientTestPlugin.class));
    }
    return plugins;
  }

  static int computed() {
    return plugins().stream().mapToInt(plugin -> plugin.gradients().queries()).sum();
  }

  static AtomicInteger count(String action) {
    AtomicInteger count = new AtomicInteger();
    handle(
        action,
        (handler, request, channel, task) -> {
          count.incrementAndGet();
          handler.messageReceived(request, channel, task);
        });
    return count;
  }

  /** Requests that are not answered until they are released. */
  record Held(List<Runnable> requests) {
    int count() {
      return requests.size();
    }

    void letGo() {
      requests.forEach(Thread::startVirtualThread);
    }
  }

  static Held hold(String action) {
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
  static AtomicInteger fail(String action, int times) {
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

  static void handle(
      String action, StubbableTransport.RequestHandlingBehavior<TransportRequest> behavior) {
    for (TransportService transport : internalCluster().getInstances(TransportService.class)) {
      ((MockTransportService) transport).addRequestHandlingBehavior(action, behavior);
    }
  }
}
