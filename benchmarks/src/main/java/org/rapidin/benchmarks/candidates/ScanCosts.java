package org.rapidin.benchmarks.candidates;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.scan.MappedCodes;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignEncoder;
import org.rapidin.scorer.bits.SignQuery;

/** Times an exact scan, a scan of the codes with rescoring, and their making, on one thread. */
final class ScanCosts {
  private static final int ROUNDS = 9;
  private static final long WARM_UP_NANOS = 2_000_000_000L;
  private static final int RESCORED = 100;
  private static final int BLOCK = 64;

  private final Gradients gradients;
  private final int rows;
  private final int dimension;
  private final HadamardRotation rotation;

  ScanCosts(Gradients gradients, int rows) {
    this.gradients = gradients;
    this.rows = rows;
    this.dimension = gradients.dimension();
    this.rotation = new HadamardRotation(dimension, 1);
  }

  private interface Work {
    void run() throws IOException;
  }

  void run(Report report) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      StoredRows exact = StoredRows.of(gradients.rows(), rows, arena);
      MappedCodes codes = codes(arena, report);
      float[] query = gradients.queries().getFirst();
      double scan = time(() -> score(new CpuScanEngine().open(exact, List.of(query)), all()));
      int[] few = new Random(1).ints(RESCORED, 0, rows).sorted().distinct().toArray();
      double prepare = time(() -> new SignQuery(rotation, dimension, query));
      List<SignQuery> prepared = List.of(new SignQuery(rotation, dimension, query));
      double bits = time(() -> score(new CpuCodeScanEngine().open(codes, prepared), all()));
      double rescore = time(() -> score(new CpuScanEngine().open(exact, List.of(query)), few));
      double rowBytes = dimension * 2.0;
      add(report, "exact scan", scan, rows * rowBytes);
      add(report, "query's digits", prepare, 0);
      add(report, "scan of the codes", bits, rows * (dimension / 8.0));
      add(report, "rescoring " + few.length, rescore, few.length * rowBytes);
      report.add(
          report
              .row("candidates")
              .put("ms", prepare + bits + rescore)
              .put("times faster", scan / (prepare + bits + rescore))
              .put("of the bytes", 1 / 16.0 + (double) few.length / rows));
    }
  }

  private static void add(Report report, String what, double millis, double bytes) {
    report.add(report.row(what).put("ms", millis).put("GB/s", bytes / millis / 1e6));
  }

  private int[] all() {
    return IntStream.range(0, rows).toArray();
  }

  private static void score(Scan scan, int[] ords) throws IOException {
    int[] block = new int[BLOCK];
    float[] products = new float[BLOCK];
    for (int from = 0; from < ords.length; from += BLOCK) {
      int count = Math.min(BLOCK, ords.length - from);
      System.arraycopy(ords, from, block, 0, count);
      scan.score(block, count, products);
    }
    scan.close();
  }

  /** Returns the median of several runs, in milliseconds. */
  private static double time(Work work) throws IOException {
    double[] millis = new double[ROUNDS];
    long warm = System.nanoTime() + WARM_UP_NANOS;
    do {
      work.run();
    } while (System.nanoTime() < warm);
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      work.run();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    return millis[ROUNDS / 2];
  }

  private MappedCodes codes(Arena arena, Report report) {
    float[] noCentre = new float[dimension];
    SignEncoder encoder = new SignEncoder(rotation, dimension, noCentre);
    long start = System.nanoTime();
    MappedCodes codes = CodedRows.of(gradients.rows(), encoder, rows, arena);
    int made = Math.min(rows, gradients.rows().size());
    report.add(report.row("code of a row").put("ms", (System.nanoTime() - start) / 1e6 / made));
    return codes;
  }
}
