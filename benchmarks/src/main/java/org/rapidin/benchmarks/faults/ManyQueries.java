package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.JavaHeap;

/** Asks many questions by text, each of 1,200 texts several times. */
record ManyQueries(int count) implements FaultRun {
  private static final double HEAP_GROWTH = 1.05;
  private static final double RESIDENT_GROWTH = 1.02;

  @Override
  public int row() {
    return 13;
  }

  @Override
  public String description() {
    return "%d queries: heap after GC grows by at most 5 %%, resident memory by at most 2 %%"
        .formatted(count);
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "512m", Map.of())) {
      List<ObjectNode> documents = DemoNode.documents(1200);
      List<String> lines = documents.stream().map(ObjectNode::toString).limit(300).toList();
      new BulkRun(node.client(), BenchNode.NAME).send(lines, 64, 2);
      node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
      ask(node, documents, count / 3);
      long heapBefore = heap(node);
      long residentBefore = node.residentBytesWithWholeHeap();
      ask(node, documents, count);
      long heapAfter = heap(node);
      long residentAfter = node.residentBytesWithWholeHeap();
      String figures =
          "heap %d and %d MiB, resident %d and %d MiB"
              .formatted(
                  heapBefore >> 20, heapAfter >> 20, residentBefore >> 20, residentAfter >> 20);
      FaultRun.require(
          heapAfter < HEAP_GROWTH * heapBefore && residentAfter < RESIDENT_GROWTH * residentBefore,
          figures);
      return figures;
    }
  }

  private static void ask(BenchNode node, List<ObjectNode> documents, int times) throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(2)) {
      List<Future<Object>> answers = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        String search = DemoNode.search(documents.get(i % documents.size()));
        Callable<Object> question =
            () -> node.client().send("POST", "/" + BenchNode.NAME + "/_search", search);
        answers.add(clients.submit(question));
      }
      for (Future<Object> answer : answers) {
        answer.get();
      }
    }
  }

  private static long heap(BenchNode node) throws IOException, InterruptedException {
    JavaHeap.collect(node.process().pid());
    return DemoNode.jvm(node).path("mem").path("heap_used_in_bytes").asLong();
  }
}
