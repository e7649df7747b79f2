package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.search.SearchAction;
import org.opensearch.common.network.NetworkModule;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4ModulePlugin;

/** Clients that close their connection while a gradient is computed for them on another node. */
public class ClosedConnectionIT extends SlowModelTestCase {
  private static final int ATTEMPTS = 5;

  @Override
  protected boolean addMockHttpTransport() {
    return false;
  }

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.nodePlugins());
    plugins.add(Netty4ModulePlugin.class);
    return plugins;
  }

  @Override
  protected Settings nodeSettings(int nodeOrdinal) {
    return Settings.builder()
        .put(super.nodeSettings(nodeOrdinal))
        .put(NetworkModule.HTTP_TYPE_KEY, Netty4ModulePlugin.NETTY_HTTP_TRANSPORT_NAME)
        // Netty takes one number a process, and the test cluster draws one a node.
        .put(OpenSearchExecutors.NODE_PROCESSORS_SETTING.getKey(), 1)
        .build();
  }

  /** The fastest of several counts: other processes may hold the machine up. */
  public void testRow21ASearchWhoseClientDisconnectsStopsItsGradientWithin100Millis()
      throws Exception {
    List<String> nodes = startNodes();
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < ATTEMPTS; i++) {
      Socket client = send(nodes.get(0), "/train/_search", slowSource().toString());
      awaitRunning(nodes.get(1));
      long start = System.nanoTime();
      client.close();
      millis.add(awaitStop(nodes.get(1), start));
      assertBusy(() -> assertEquals(List.of(), gradientTasks()));
      assertBusy(() -> assertEquals(List.of(), tasks(SearchAction.NAME)));
    }
    logger.info("the gradients of closed connections stopped after {} ms", millis);
    assertTrue(millis + " ms", Collections.min(millis) <= 100);
    assertEquals(0, stats().get(nodes.get(1)).queries());
    assertEquals(2, found(internalCluster().client(nodes.get(0))));
  }

  /** A bulk has no task that a closed connection cancels: OpenSearch finishes what it accepted. */
  public void testRow21ABulkWhoseClientDisconnectsIsFinished() throws Exception {
    List<String> nodes = startNodes();
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      body.append("{\"index\":{}}\n{\"instruction\":\"say\",\"output\":\"")
          .append("x".repeat(200))
          .append(i)
          .append("\"}\n");
    }
    Socket client = send(nodes.get(0), "/train/_bulk", body.toString());
    awaitRunning(nodes.get(1));
    client.close();
    assertBusy(() -> assertEquals(List.of(), tasks(BulkAction.NAME)), 60, TimeUnit.SECONDS);
    refresh("train");
    assertEquals(2 + 8, found(internalCluster().client(nodes.get(0))));
  }

  /** Sends a request through a new connection, which the caller closes. */
  private static Socket send(String node, String path, String body) throws IOException {
    InetSocketAddress address =
        internalCluster()
            .getInstance(HttpServerTransport.class, node)
            .boundAddress()
            .publishAddress()
            .address();
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST %s HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n"
            .formatted(path, bytes.length);
    Socket client = new Socket(address.getAddress(), address.getPort());
    client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    client.getOutputStream().write(bytes);
    client.getOutputStream().flush();
    return client;
  }

  /** Waits until no gradient is computed on a node; returns after how many milliseconds. */
  private static long awaitStop(String node, long startNanos) throws InterruptedException {
    LocalGradients gradients = internalCluster().getInstance(LocalGradients.class, node);
    long millis = 0;
    while (gradients.waiting() > 0 && millis < 10_000) {
      Thread.sleep(1);
      millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }
    assertEquals(0, gradients.waiting());
    return millis;
  }
}
