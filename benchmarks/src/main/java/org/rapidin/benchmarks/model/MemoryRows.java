package org.rapidin.benchmarks.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.JavaHeap;
import org.rapidin.benchmarks.node.Measurement;
import org.rapidin.benchmarks.node.MemoryWatch;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ResidentMemory;

/**
 * Rows about one node that tell what its resident memory consists of. How much of the heap is
 * resident says for how long the node has run rather than what it needs, since G1 uses free regions
 * before it collects: {@code no heap} is the growth above the idle node without it, which is what a
 * node grows by whose heap is resident from the start ({@code -XX:+AlwaysPreTouch}).
 */
final class MemoryRows {
  /** What the columns mean. */
  static final String LEGEND =
      """
      MiB of resident memory when it was highest; above: of peak and idle node
      heap, native, files: the resident Java heap, other anonymous memory, mapped files
      no heap: native and files above those of the idle node; reserved: the most the plugin has counted so far""";

  private static final double MEBIBYTE = 1 << 20;

  private final Report report;
  private final BenchNode node;
  private final ResidentMemory idle;

  /** Measures the idle node. */
  MemoryRows(Report report, BenchNode node) throws IOException, InterruptedException {
    this.report = report;
    this.node = node;
    this.idle = now();
    report.say(LEGEND);
    addNow("idle");
  }

  private ResidentMemory now() throws IOException, InterruptedException {
    long pid = node.process().pid();
    return ResidentMemory.of(pid, JavaHeap.of(pid));
  }

  /** Adds a row about now. */
  void addNow(String what) throws IOException, InterruptedException {
    ResidentMemory now = now();
    report.add(row(what, now.bytes(), now));
  }

  /** Adds a row about some work. */
  void measure(String what, Measurement.Work work) throws IOException, InterruptedException {
    try (MemoryWatch watch = new MemoryWatch(node)) {
      Measurement measured = Measurement.of(node, work);
      report.add(
          row(what, measured.peakResidentBytes(), watch.most())
              .put("seconds", measured.run().seconds())
              .put("documents/s", measured.run().documentsPerSecond())
              .put("user s", measured.userSeconds())
              .put("system s", measured.systemSeconds())
              .put("429s", measured.run().rejected()));
    }
  }

  private ObjectNode row(String what, long peakBytes, ResidentMemory kinds)
      throws IOException, InterruptedException {
    JsonNode budget = node.stats().path("native_memory");
    return report
        .row(what)
        .put("peak", mebibytes(peakBytes))
        .put("above", mebibytes(peakBytes - idle.bytes()))
        .put("no heap", mebibytes(outsideHeap(kinds) - outsideHeap(idle)))
        .put("heap", mebibytes(kinds.heapBytes()))
        .put("native", mebibytes(kinds.nativeBytes()))
        .put("files", mebibytes(kinds.fileBytes()))
        .put("heap used", mebibytes(heapUsed()))
        .put("reserved", mebibytes(budget.path("peak_in_bytes").asLong()));
  }

  private static long outsideHeap(ResidentMemory memory) {
    return memory.nativeBytes() + memory.fileBytes();
  }

  private long heapUsed() throws IOException, InterruptedException {
    JsonNode stats = BenchNode.only(node.client().get("/_nodes/stats/jvm"));
    return stats.path("jvm").path("mem").path("heap_used_in_bytes").asLong();
  }

  private static long mebibytes(long bytes) {
    return Math.round(bytes / MEBIBYTE);
  }
}
