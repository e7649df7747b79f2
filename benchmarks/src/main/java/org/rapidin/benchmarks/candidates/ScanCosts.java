package org.rapidin.benchmarks.candidates;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignCode;
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
      Codes codes = codes(arena, report);
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

  private float[] row(int i) {
    return gradients.rows().get(i % gradients.rows().size());
  }

  private Codes codes(Arena arena, Report report) {
    SignEncoder encoder = new SignEncoder(rotation, dimension, new float[dimension]);
    List<SignCode> made = new ArrayList<>();
    int count = Math.min(rows, gradients.rows().size());
    long start = 0;
    for (int i = 0; i < count; i++) {
      if (i == count / 2) {
        start = System.nanoTime();
      }
      made.add(encoder.encode(row(i)));
    }
    double millis = (System.nanoTime() - start) / 1e6 / (count - count / 2);
    report.add(report.row("code of a row").put("ms", millis));
    int length = dimension / Byte.SIZE;
    MemorySegment bits = arena.allocate((long) length * rows, BLOCK);
    MemorySegment factors = arena.allocate((long) Float.BYTES * rows, BLOCK);
    for (int i = 0; i < rows; i++) {
      SignCode code = made.get(i % count);
      MemorySegment.copy(MemorySegment.ofArray(code.bits()), 0, bits, (long) i * length, length);
      factors.setAtIndex(ValueLayout.JAVA_FLOAT, i, code.factor());
    }
    return new Codes(CodeMatrix.of(bits, length, factors, rows, dimension), new float[dimension]);
  }

  private record Codes(CodeMatrix matrix, float[] centre) implements SegmentCodes {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public int bits() {
      return matrix.bits();
    }

    @Override
    public Optional<CodeMatrix> mapped() {
      return Optional.of(matrix);
    }

    @Override
    public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors) {
      matrix.read(first, count, bits, stride, factors);
    }

    @Override
    public Optional<SegmentKey> key() {
      return Optional.empty();
    }
  }
}
