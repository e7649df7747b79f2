package org.rapidin.distribution;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A cluster of real node processes on loopback. Node 0 is started first and forms the cluster; each
 * node keeps its folder and ports over restarts.
 */
final class TestCluster implements AutoCloseable {
  private final Path work;
  private final String heap;
  private final List<Integer> transportPorts = new ArrayList<>();
  private final List<TestNode> nodes = new ArrayList<>();

  /**
   * Prepares a cluster; {@link #start} starts its nodes one by one.
   *
   * @param size number of nodes
   * @param heap of each node
   */
  TestCluster(Path work, int size, String heap) throws IOException {
    this.work = work;
    this.heap = heap;
    for (int i = 0; i < size; i++) {
      transportPorts.add(freePort());
      nodes.add(null);
    }
  }

  /**
   * Starts node i, or starts it again on its data.
   *
   * @param home its OpenSearch home
   * @param models whether it has the demo's model
   * @param more settings of this node
   */
  TestNode start(int i, Path home, boolean models, Map<String, String> more) throws Exception {
    Map<String, String> settings = new TreeMap<>(more);
    settings.put("node.name", "node-" + i);
    settings.put("discovery.type", "zen");
    settings.put("discovery.seed_hosts", seeds());
    settings.put("cluster.initial_cluster_manager_nodes", "node-0");
    settings.put("transport.port", transportPorts.get(i).toString());
    Path folder = Files.createDirectories(work.resolve("node-" + i));
    TestNode node =
        models
            ? TestNode.start(home, folder, heap, settings)
            : TestNode.startWithoutModels(home, folder, heap, settings);
    nodes.set(i, node);
    return node;
  }

  /** Starts node i from the assembled home. */
  TestNode start(int i, boolean models) throws Exception {
    return start(i, TestNode.assembledHome(), models, Map.of());
  }

  private String seeds() {
    return transportPorts.stream().map(port -> "\"127.0.0.1:" + port + "\"").toList().toString();
  }

  TestNode node(int i) {
    return nodes.get(i);
  }

  /** Sends a signal such as {@code STOP} or {@code CONT} to node i. */
  void signal(int i, String signal) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + signal, Long.toString(node(i).process().pid())).start();
    if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new IOException("kill -%s failed".formatted(signal));
    }
  }

  @Override
  public void close() {
    nodes.stream().filter(node -> node != null).forEach(TestNode::close);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
