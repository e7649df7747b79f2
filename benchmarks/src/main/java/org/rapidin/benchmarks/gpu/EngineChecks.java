package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.gpu.RandomVectors.Expected;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.TopRows;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.ScanEngine;

/** Compares scans of the engine with the oracle, for one element type. */
final class EngineChecks {
  private static final int[] QUERIES = {1, 2, 5, 8, 16};
  private static final int[] TOPS = {10, 100, 1000};

  private final GpuScanEngine engine;
  private final Report report;
  private final Checks checks;

  EngineChecks(GpuScanEngine engine, Report report, Checks checks) {
    this.engine = engine;
    this.report = report;
    this.checks = checks;
  }

  /** Verifies dense scans, lists and bitsets of rows, and the top rows. */
  void run(ElementType type, int count, int dimension) throws IOException {
    try (RepeatedRows rows = new RepeatedRows(type, count, dimension)) {
      EngineScans<float[]> scans = EngineScans.of(engine, rows);
      List<float[]> queries = RandomVectors.queries(ScanEngine.MAX_QUERIES, dimension);
      Expected expected = rows.vectors().expect(queries);
      float[] together = scans.scores(queries, scans.all());
      String name = type.name().toLowerCase(Locale.ROOT);
      for (int q : QUERIES) {
        List<float[]> some = queries.subList(0, q);
        float[] dense = scans.scores(some, scans.all());
        int[] list = everyThird(count);
        double error = expected.error(scans.all(), count, dense);
        double listError = expected.error(list, list.length, scans.scores(some, list));
        boolean same = Arrays.equals(dense, Arrays.copyOf(together, dense.length));
        boolean top = topIsExact(scans, some, dense);
        new ScanResult(name, dimension, count, q, error, listError, same, top)
            .report(report, checks);
      }
    }
  }

  static int[] everyThird(int count) {
    return IntStream.range(0, count).filter(row -> row % 3 == 1).toArray();
  }

  /** Returns whether the top rows of all, most and a few rows are those of the largest scores. */
  static <Q> boolean topIsExact(EngineScans<Q> scans, List<Q> queries, float[] scores)
      throws IOException {
    int count = scans.all().length;
    // Most rows: all are scored, then filtered. A few: they are scored as a list.
    IntPredicate most = row -> row % 5 > 0;
    IntPredicate few = row -> row % 7 == 0;
    boolean exact = true;
    for (IntPredicate accepted : List.of(row -> true, most, few)) {
      BitSet bits = bits(count, accepted);
      long[] words = Arrays.copyOf(bits.toLongArray(), Math.ceilDiv(count, Long.SIZE));
      for (int k : TOPS) {
        exact &= equal(scans.top(queries, k, words), scores, k, bits);
      }
    }
    return exact;
  }

  private static BitSet bits(int count, IntPredicate accepted) {
    BitSet bits = new BitSet(count);
    IntStream.range(0, count).filter(accepted).forEach(bits::set);
    return bits;
  }

  private static boolean equal(List<TopRows> found, float[] scores, int k, BitSet accepted) {
    int count = scores.length / found.size();
    return IntStream.range(0, found.size())
        .parallel()
        .allMatch(
            m -> {
              float[] own = Arrays.copyOfRange(scores, m * count, (m + 1) * count);
              int[] wanted = TopOrder.top(own, k, accepted);
              TopRows top = found.get(m);
              return Arrays.equals(wanted, top.rows())
                  && IntStream.range(0, wanted.length)
                      .allMatch(i -> own[wanted[i]] + 0f == top.products()[i]);
            });
  }
}
