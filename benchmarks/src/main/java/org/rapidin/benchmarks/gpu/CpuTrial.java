package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorers;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.SignQuery;

/** Measures what the plugin does where there is no GPU. */
final class CpuTrial {
  private static final int ROUNDS = 5;
  private static final int CHUNK = 64;

  private final Report report;

  CpuTrial(Report report) {
    this.report = report;
  }

  /** Measures scans of n rows, which are those of the mapped file over and over again. */
  void measure(ElementType type, int count, int dimension) throws Exception {
    int mapped = RepeatedRows.mappedRows(type, count, dimension);
    try (RepeatedRows rows = new RepeatedRows(type, mapped, dimension)) {
      List<float[]> queries = RandomVectors.queries(ScanEngine.MAX_QUERIES, dimension);
      measure(
          type.name().toLowerCase(Locale.ROOT),
          new Segment(
              mapped,
              type.rowLength(dimension),
              q -> new CpuScanEngine().open(rows, queries.subList(0, q))),
          count);
    }
  }

  /** Measures scans of n codes, which are the same ones over and over again. */
  void measureCodes(int count, int bits) throws Exception {
    try (RepeatedCodes codes = new RepeatedCodes(RepeatedCodes.distinct(count, bits), bits)) {
      List<SignQuery> queries = RepeatedCodes.queries(ScanEngine.MAX_QUERIES, bits);
      measure(
          "sign bits",
          new Segment(
              codes.rows(),
              bits / Byte.SIZE + Float.BYTES,
              q -> new CpuCodeScanEngine().open(codes, queries.subList(0, q))),
          count);
    }
  }

  /** Opens a scan of so many queries. */
  @FunctionalInterface
  private interface Opening {
    Scan open(int queries) throws IOException;
  }

  /** What is scanned. */
  private record Segment(int rows, int rowBytes, Opening opening) {}

  private void measure(String name, Segment segment, int count) throws Exception {
    int processors = Runtime.getRuntime().availableProcessors();
    try (ExecutorService pool = Executors.newFixedThreadPool(processors)) {
      measure(name, segment, count, 1, 1, pool);
      measure(name, segment, count, 1, processors, pool);
      measure(name, segment, count, ScanEngine.MAX_QUERIES, processors, pool);
    }
  }

  private void measure(
      String name, Segment segment, int count, int q, int threads, ExecutorService pool)
      throws Exception {
    double millis =
        Rates.median(ROUNDS, () -> Rates.wallMillis(() -> pass(segment, count, q, threads, pool)));
    long bytes = (long) count * segment.rowBytes;
    ObjectNode row = report.row("CPU " + name);
    row.put("scorer", InnerProductScorers.best().getClass().getSimpleName());
    row.put("threads", threads).put("n", count).put("q", q).put("scores ms", millis);
    row.put("GB/s", Rates.gigabytesPerSecond(bytes, millis));
    report.add(row);
  }

  private static void pass(Segment segment, int count, int q, int threads, ExecutorService pool)
      throws Exception {
    int share = Math.ceilDiv(count, threads);
    List<Future<?>> parts = new ArrayList<>();
    for (int first = 0; first < count; first += share) {
      int from = first;
      int to = Math.min(count, first + share);
      parts.add(
          pool.submit(
              () -> {
                part(segment, from, to, q);
                return null;
              }));
    }
    for (Future<?> part : parts) {
      part.get();
    }
  }

  private static void part(Segment segment, int from, int to, int q) throws IOException {
    float[] products = new float[q * CHUNK];
    try (Scan scan = segment.opening.open(q)) {
      for (int done = from, length; done < to; done += length) {
        int first = done % segment.rows;
        length = Math.min(CHUNK, Math.min(to - done, segment.rows - first));
        scan.score(IntStream.range(first, first + length).toArray(), length, products);
      }
    }
  }
}
