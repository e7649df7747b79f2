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

/** Compares a match query's latency next to 64 influence searches with that next to 64 others. */
record SearchesWhileIndexing() implements FaultRun {
  private static final int CLIENTS = 64;
  private static final int PROBES = 300;
  private static final String MATCH =
      "{\"_source\":false,\"query\":{\"match\":{\"instruction\":\"story sea\"}}}";

  @Override
  public int row() {
    return 16;
  }

  @Override
  public String description() {
    return "64 searches while indexing: no 5xx, p99 of a match query at most twice the baseline";
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "1g", Map.of())) {
      List<ObjectNode> documents = DemoNode.documents(600);
      new BulkRun(node.client(), BenchNode.NAME)
          .send(documents.stream().map(ObjectNode::toString).toList(), 64, 2);
      node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      List<String> influences = documents.stream().map(DemoNode::search).toList();
      double baseline = p99(node, List.of(MATCH), documents);
      double measured = p99(node, influences, documents);
      String figures = "p99 %.0f ms, baseline %.0f ms".formatted(measured, baseline);
      FaultRun.require(measured <= 2 * baseline, figures);
      return figures;
    }
  }

  /** The 99th percentile in milliseconds of a match query, next to searches and writes. */
  private static double p99(BenchNode node, List<String> searches, List<ObjectNode> documents)
      throws Exception {
    AtomicInteger failures = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    Writers writers = new Writers(node, documents, 1);
    List<Double> times = new ArrayList<>();
    try (writers) {
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        threads.add(Thread.ofVirtual().start(() -> search(node, searches, first, failures)));
      }
      Thread.sleep(3_000);
      for (int i = 0; i < PROBES; i++) {
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
    return times.stream().sorted().toList().get(PROBES * 99 / 100);
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
