package org.rapidin.benchmarks.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.JavaHeap;

/**
 * Indexes documents without a refresh or a flush and compares the heap after collections of
 * garbage.
 *
 * @param few buffered documents
 * @param many buffered documents
 */
record BufferedDocuments(int few, int many) implements FaultRun {
  private static final double GROWTH = 1.05;
  private static final int COLLECTIONS = 3;

  @Override
  public int row() {
    return 67;
  }

  @Override
  public String description() {
    return "heap of 1 GiB: %d and %d buffered documents are within 5 %%".formatted(few, many);
  }

  @Override
  public String run() throws Exception {
    try (BenchNode node = DemoNode.start("faults", "1g", Map.of())) {
      // Of the documents only the vectors are indexed: the terms of texts are on the heap.
      node.client()
          .send(
              "PUT",
              "/" + BenchNode.NAME + "/_mapping",
              """
              {"dynamic":false}""");
      node.client()
          .send(
              "PUT",
              "/" + BenchNode.NAME + "/_settings",
              """
              {"index.refresh_interval":"-1","index.translog.flush_threshold_size":"100gb"}""");
      send(node, few);
      long before = heapBytes(node);
      long indexed = writerBytes(node);
      send(node, many - few);
      long after = heapBytes(node);
      String figures =
          "heap %d MiB and %d MiB, of which the index writer counts %d KiB and %d KiB"
              .formatted(before >> 20, after >> 20, indexed >> 10, writerBytes(node) >> 10);
      FaultRun.require(after < GROWTH * before, figures);
      requireStored(node);
      return figures;
    }
  }

  private static void send(BenchNode node, int documents) throws Exception {
    List<String> lines = DemoNode.documents(documents).stream().map(ObjectNode::toString).toList();
    new BulkRun(node.client(), BenchNode.NAME).send(lines, 64, 2);
  }

  /** The least heap in use after some collections. */
  private static long heapBytes(BenchNode node) throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      JavaHeap.collect(node.process().pid());
      least = Math.min(least, DemoNode.jvm(node).at("/mem/heap_used_in_bytes").asLong());
    }
    return least;
  }

  /** The memory of the index writer, as Lucene counts it; checks that nothing was flushed. */
  private static long writerBytes(BenchNode node) throws IOException, InterruptedException {
    JsonNode segments =
        node.client().get("/" + BenchNode.NAME + "/_stats/segments").at("/_all/primaries/segments");
    int count = segments.path("count").asInt();
    FaultRun.require(count == 0, "%d segments: documents are not buffered", count);
    return segments.path("index_writer_memory_in_bytes").asLong();
  }

  private void requireStored(BenchNode node) throws IOException, InterruptedException {
    node.client().send("POST", "/" + BenchNode.NAME + "/_refresh", null);
    int stored = node.client().get("/" + BenchNode.NAME + "/_count").path("count").asInt();
    FaultRun.require(stored == many, "%d documents of %d are stored", stored, many);
  }
}
