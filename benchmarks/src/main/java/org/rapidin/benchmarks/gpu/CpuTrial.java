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
    int processors = Runtime.getRuntime().availableProcessors();
    try (RepeatedRows rows = new RepeatedRows(type, mapped, dimension);
        ExecutorService pool = Executors.newFixedThreadPool(processors)) {
      measure(rows, count, 1, 1, pool);
      measure(rows, count, 1, processors, pool);
      measure(rows, count, 16, processors, pool);
    }
  }

  private void measure(RepeatedRows rows, int count, int q, int threads, ExecutorService pool)
      throws Exception {
    List<float[]> queries = RandomVectors.queries(q, rows.dimension());
    double millis =
        Rates.median(
            ROUNDS, () -> Rates.wallMillis(() -> pass(rows, count, queries, threads, pool)));
    long bytes = (long) count * rows.elementType().rowLength(rows.dimension());
    ObjectNode row = report.row("CPU " + rows.elementType().name().toLowerCase(Locale.ROOT));
    row.put("scorer", InnerProductScorers.best().getClass().getSimpleName());
    row.put("threads", threads).put("n", count).put("q", q).put("scores ms", millis);
    row.put("GB/s", Rates.gigabytesPerSecond(bytes, millis));
    report.add(row);
  }

  private static void pass(
      RepeatedRows rows, int count, List<float[]> queries, int threads, ExecutorService pool)
      throws Exception {
    int share = Math.ceilDiv(count, threads);
    List<Future<?>> parts = new ArrayList<>();
    for (int first = 0; first < count; first += share) {
      int from = first;
      int to = Math.min(count, first + share);
      parts.add(
          pool.submit(
              () -> {
                part(rows, from, to, queries);
                return null;
              }));
    }
    for (Future<?> part : parts) {
      part.get();
    }
  }

  private static void part(RepeatedRows rows, int from, int to, List<float[]> queries)
      throws IOException {
    float[] products = new float[queries.size() * CHUNK];
    try (Scan scan = new CpuScanEngine().open(rows, queries)) {
      for (int done = from, length; done < to; done += length) {
        int first = done % rows.rows();
        length = Math.min(CHUNK, Math.min(to - done, rows.rows() - first));
        scan.score(IntStream.range(first, first + length).toArray(), length, products);
      }
    }
  }
}
