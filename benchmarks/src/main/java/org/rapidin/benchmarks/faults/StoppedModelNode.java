package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.distribution.ApiException;

/** Stops (SIGSTOP) the only node that has the model while another one is asked. */
record StoppedModelNode() implements FaultRun {
  private static final int GRACE_SECONDS = 1;

  @Override
  public int row() {
    return 20;
  }

  @Override
  public String description() {
    return "model node stopped: search and bulk end within their timeout + 1 s, others go on";
  }

  @Override
  public String run() throws Exception {
    int transport = freePort();
    try (BenchNode data = BenchNode.start("faults-data", null, "512m", dataSettings(transport));
        BenchNode model =
            BenchNode.start("faults-model", DemoNode.models(), "512m", modelSettings(transport))) {
      data.createIndex(DemoNode.attributor(), 1);
      List<ObjectNode> documents = DemoNode.documents(64);
      new BulkRun(data.client(), BenchNode.NAME)
          .send(documents.stream().map(ObjectNode::toString).toList(), 16, 1);
      data.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      signal(model, "STOP");
      try {
        String search = DemoNode.search(DemoNode.documents(100).getLast());
        String bulk = "{\"index\":{}}\n" + documents.getFirst() + "\n";
        String index = "/" + BenchNode.NAME;
        return "match %.1f s, timeout=1s %.1f s, cancel_after_time_interval=2s %.1f s, bulk timeout=5s %.1f s"
            .formatted(
                seconds(data, index + "/_search", "{}", 1),
                seconds(data, index + "/_search?timeout=1s", search, 1 + GRACE_SECONDS),
                seconds(
                    data,
                    index + "/_search?cancel_after_time_interval=2s",
                    search,
                    2 + GRACE_SECONDS),
                seconds(data, index + "/_bulk?timeout=5s", bulk, 5 + GRACE_SECONDS));
      } finally {
        signal(model, "CONT");
      }
    }
  }

  private static Map<String, String> dataSettings(int transport) {
    return Map.of(
        "node.name", "data",
        "discovery.type", "zen",
        "cluster.initial_cluster_manager_nodes", "data",
        "transport.port", Integer.toString(transport));
  }

  private static Map<String, String> modelSettings(int transport) {
    return Map.of(
        "node.name", "model",
        "node.roles", "[ingest]",
        "discovery.type", "zen",
        "discovery.seed_hosts", "127.0.0.1:" + transport);
  }

  /** How long a request takes; whether it succeeds does not matter. */
  private static double seconds(BenchNode node, String path, String body, int limit)
      throws InterruptedException, ExecutionException {
    FutureTask<Object> request =
        new FutureTask<>(
            () -> {
              try {
                return node.client().send("POST", path, body);
              } catch (ApiException refused) {
                return refused;
              }
            });
    long begin = System.nanoTime();
    Thread.ofVirtual().start(request);
    try {
      request.get(limit, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new FaultException("%s had no answer after %d s".formatted(path, limit));
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void signal(BenchNode node, String signal)
      throws IOException, InterruptedException {
    String pid = Long.toString(node.process().pid());
    int status = new ProcessBuilder("kill", "-" + signal, pid).inheritIO().start().waitFor();
    FaultRun.require(status == 0, "kill ended with status %d", status);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
