package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.distribution.ApiException;

/**
 * Compares a match query's latency next to 64 influence searches and a writer with that next to 64
 * others, and its latency next to 16 influence searches with that alone.
 */
record SearchesWhileIndexing() implements FaultRun {
  private static final int CLIENTS = 64;
  private static final int FEW_CLIENTS = 16;
  private static final int WARM_UP = 100;
  private static final int PROBES = 300;
  private static final String MATCH =
      "{\"_source\":false,\"query\":{\"match\":{\"instruction\":\"story sea\"}}}";

  /** Latencies in ms. */
  private record Latency(double p50, double p99) {
    @Override
    public String toString() {
      return "p50 %.0f ms, p99 %.0f ms".formatted(p50, p99);
    }
  }

  @Override
  public int row() {
    return 16;
  }

  @Override
  public String description() {
    return "64 searches while indexing, 16 without: no 5xx, p99 of a match query at most twice the baseline";
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "1g", Map.of())) {
      List<ObjectNode> documents = DemoNode.documents(600);
      new BulkRun(node.client(), BenchNode.NAME)
          .send(documents.stream().map(ObjectNode::toString).toList(), 64, 2);
      node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      List<String> influences = documents.stream().map(DemoNode::search).toList();
      // So few gradients stay in the node's cache: only the scans are measured.
      Latency alone = matches(node, List.of(), 0);
      Latency busy = matches(node, influences.subList(0, FEW_CLIENTS), FEW_CLIENTS);
      Latency baseline = whileIndexing(node, List.of(MATCH), documents);
      Latency measured = whileIndexing(node, influences, documents);
      String figures =
          "match query alone: %s; next to 16 influence searches: %s; while indexing next to 64 match searches: %s; next to 64 influence searches: %s"
              .formatted(alone, busy, baseline, measured);
      FaultRun.require(measured.p99() <= 2 * baseline.p99(), figures);
      FaultRun.require(busy.p99() <= 2 * alone.p99(), figures);
      return figures;
    }
  }

  private static Latency whileIndexing(
      BenchNode node, List<String> searches, List<ObjectNode> documents) throws Exception {
    try (Writers writers = new Writers(node, documents, 1)) {
      return matches(node, searches, CLIENTS);
    }
  }

  /** Measures a match query next to the searches of some clients. */
  private static Latency matches(BenchNode node, List<String> searches, int clients)
      throws Exception {
    AtomicInteger failures = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    List<Double> times = new ArrayList<>();
    try {
      for (int i = 0; i < clients; i++) {
        int first = i;
        threads.add(Thread.ofVirtual().start(() -> search(node, searches, first, failures)));
      }
      Thread.sleep(3_000);
      for (int i = 0; i < WARM_UP + PROBES; i++) {
        long begin = System.nanoTime();
        node.client().send("POST", "/" + BenchNode.NAME + "/_search", MATCH);
        times.add((System.nanoTime() - begin) / 1e6);
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    FaultRun.require(failures.get() == 0, "%d searches failed with 5xx", failures.get());
    List<Double> warm = times.subList(WARM_UP, times.size()).stream().sorted().toList();
    return new Latency(warm.get(PROBES / 2), warm.get(PROBES * 99 / 100));
  }

  private static void search(
      BenchNode node, List<String> searches, int first, AtomicInteger failures) {
    for (int i = first; !Thread.currentThread().isInterrupted(); i++) {
      try {
        String search = searches.get(i % searches.size());
        node.client().send("POST", "/" + BenchNode.NAME + "/_search", search);
      } catch (ApiException refused) {
        failures.addAndGet(refused.status() >= 500 ? 1 : 0);
      } catch (IOException | InterruptedException stopped) {
        return;
      }
    }
  }
}
