package org.rapidin.benchmarks.scan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.rapidin.scorer.InnerProductScorer;
import org.rapidin.scorer.InnerProductScorers;
import org.rapidin.scorer.PlainScorer;
import org.rapidin.scorer.PreparedQueries;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignQuery;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how many gigabytes of mapped half-precision rows are scored per second, by the plugin's
 * scorers, a C loop and a plain read of the same bytes, in one run. CPU time is given too, because
 * other load on the machine affects it less than wall time. With several queries the gigabytes
 * count once for each query, so that the figures compare with those of separate scans.
 *
 * <p>The rows are in a file in the temporary directory, which is deleted afterwards.
 */
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    description =
        "Measures exact inner products, a C loop, estimates from sign bits, and reading the same bytes.")
public final class ScanBenchmark implements Callable<Integer> {
  private static final int CHUNK = 64;
  private static final int ROUNDS = 9;
  private static final int[] QUERIES = {1, 2, 4, 8, 16};
  private static final Path C_SOURCE = Path.of("benchmarks/src/main/c/scan.c");

  @Option(names = "--rows", defaultValue = "8192", description = "n (${DEFAULT-VALUE}).")
  private int rows;

  @Option(names = "--dimension", defaultValue = "65536", description = "K (${DEFAULT-VALUE}).")
  private int dimension;

  private RowMatrix matrix;
  private float[] query;

  /** A pass over some rows. */
  private interface Scan {
    void rows(int first, int count);
  }

  @Override
  public Integer call() throws Exception {
    Path directory = Files.createTempDirectory("scan");
    Path file = directory.resolve("rows");
    try (Arena arena = Arena.ofShared()) {
      matrix = MappedRows.create(file, rows, dimension, arena);
      query = MappedRows.gaussian(dimension, -1);
      Optional<NativeScan> c = NativeScan.compile(C_SOURCE, directory, arena);
      run(c, arena);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(directory.resolve("libscan.so"));
      Files.delete(directory);
    }
    return 0;
  }

  private void run(Optional<NativeScan> c, Arena arena) throws Exception {
    System.out.printf(
        "n=%d K=%d float16, load average %.1f%n%-28s %8s %12s %8s%n",
        matrix.rows(),
        matrix.dimension(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        "",
        "threads",
        "GB/CPU-s",
        "GB/s");
    if (c.isPresent()) {
      MemorySegment queryCopy = arena.allocateFrom(ValueLayout.JAVA_FLOAT, query);
      MemorySegment products = arena.allocate(4L * matrix.rows());
      measure("read (C)", 1, (first, count) -> c.get().read(part(first, count).values()));
      measure(
          "C, 4 rows at once",
          1,
          (first, count) ->
              c.get().scan(part(first, count), queryCopy, products.asSlice(4L * first)));
    }
    InnerProductScorer best = InnerProductScorers.best();
    String name = best.getClass().getSimpleName();
    for (int q : QUERIES) {
      measure(name + ", q=" + q, q, scan(best, q, CHUNK));
    }
    measure(name + ", q=1, 1 row", 1, scan(best, 1, 1));
    for (int q : QUERIES) {
      measure("PlainScorer, q=" + q, q, scan(new PlainScorer(), q, CHUNK));
    }
    for (int q : QUERIES) {
      measure("sign bits, q=" + q, q, codeScan(q));
    }
  }

  /** Takes the bytes of the rows for sign bits, so a row has those of several codes. */
  private Scan codeScan(int count) {
    MappedCodes codes = MappedCodes.of(matrix.values(), dimension);
    HadamardRotation rotation = new HadamardRotation(dimension, 1);
    List<SignQuery> queries =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> new SignQuery(rotation, dimension, MappedRows.gaussian(dimension, -i)))
            .toList();
    int perRow = codes.rows() / rows;
    return (first, rowCount) -> {
      int[] ordinals = IntStream.range(first * perRow, (first + rowCount) * perRow).toArray();
      try (var scan = new CpuCodeScanEngine().open(codes, queries)) {
        scan.score(ordinals, ordinals.length, new float[count * ordinals.length]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private RowMatrix part(int first, int count) {
    long rowBytes = (long) matrix.dimension() * matrix.elementType().bytes();
    return new RowMatrix(
        matrix.values().asSlice(first * rowBytes, count * rowBytes),
        matrix.scales().asSlice(4L * first, 4L * count),
        matrix.elementType(),
        count,
        matrix.dimension());
  }

  private Scan scan(InnerProductScorer scorer, int count, int chunk) {
    PreparedQueries prepared =
        scorer.prepare(
            matrix.elementType(),
            IntStream.rangeClosed(1, count)
                .mapToObj(i -> MappedRows.gaussian(dimension, -i))
                .toList());
    return (first, rowCount) -> {
      float[] products = new float[chunk * count];
      for (int row = first; row < first + rowCount; row += chunk) {
        int length = Math.min(chunk, first + rowCount - row);
        prepared.score(matrix, IntStream.range(row, row + length).toArray(), length, products);
      }
    };
  }

  private void measure(String name, int queries, Scan scan) throws Exception {
    double bytes = (double) queries * matrix.values().byteSize();
    for (int threads = 1; threads <= 2; threads++) {
      try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
        double[] cpuRates = new double[ROUNDS];
        double[] wallRates = new double[ROUNDS];
        pass(scan, pool, threads);
        for (int round = 0; round < ROUNDS; round++) {
          long start = System.nanoTime();
          long cpuNanos = pass(scan, pool, threads);
          wallRates[round] = bytes / (System.nanoTime() - start);
          cpuRates[round] = bytes / cpuNanos;
        }
        Arrays.sort(cpuRates);
        Arrays.sort(wallRates);
        System.out.printf(
            "%-28s %8d %12.1f %8.1f%n", name, threads, cpuRates[ROUNDS / 2], wallRates[ROUNDS / 2]);
      }
    }
  }

  /** Runs one pass over all rows and returns the CPU time of all threads in ns. */
  private long pass(Scan scan, ExecutorService pool, int threads) throws Exception {
    int share = matrix.rows() / threads;
    List<Future<Long>> parts = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int first = t * share;
      parts.add(
          pool.submit(
              () -> {
                var cpu = ManagementFactory.getThreadMXBean();
                long start = cpu.getCurrentThreadCpuTime();
                scan.rows(first, share);
                return cpu.getCurrentThreadCpuTime() - start;
              }));
    }
    long nanos = 0;
    for (Future<Long> part : parts) {
      nanos += part.get();
    }
    return nanos;
  }
}
