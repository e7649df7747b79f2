package org.rapidin.benchmarks.sketch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.LayerNormalization;
import org.rapidin.attribution.sketch.ShuffleSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Measures how many gigabytes of gradient per second are copied, normed (as layer normalization
 * does), compressed by the sketch, and compressed by the paper's shuffles: one thread, one run,
 * medians of CPU time, which other load on the machine affects only through caches and memory.
 */
@Command(
    name = "sketch",
    mixinStandardHelpOptions = true,
    description = "Measures the sketch, a copy, the norm and the paper's shuffles.")
public final class SketchBenchmark implements Callable<Integer> {
  private static final int DIMENSION = 65_536;
  private static final int ROUNDS = 15;
  private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();

  @Parameters(
      arity = "0..*",
      paramLabel = "P",
      defaultValue = "4194304,41943040",
      split = ",",
      description = "Lengths of gradients (${DEFAULT-VALUE}).")
  private int[] lengths;

  @Override
  public Integer call() {
    System.out.printf(
        "GB of gradient per second of one thread's CPU time, K = %d, system load %.1f%n",
        DIMENSION, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    System.out.printf("%-12s %10s %10s %10s %10s%n", "P", "copy", "norm", "sketch", "shuffle");
    for (int length : lengths) {
      try (Arena arena = Arena.ofConfined()) {
        measure(length, arena);
      }
    }
    return 0;
  }

  private static void measure(int length, Arena arena) {
    long bytes = (long) length * Float.BYTES;
    MemorySegment gradient = arena.allocate(bytes, 64);
    MemorySegment copy = arena.allocate(bytes, 64);
    SplittableRandom random = new SplittableRandom(1);
    for (long i = 0; i < length; i++) {
      gradient.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    GradientSketch.Accumulator streaming = new StreamingSketch(DIMENSION, 42).accumulator();
    GradientSketch.Accumulator shuffles = new ShuffleSketch(length, DIMENSION, 42).accumulator();
    double[] checksum = new double[1];
    System.out.printf(
        "%-12d %10.2f %10.2f %10.2f %10.3f%n",
        length,
        rate(bytes, ROUNDS, () -> MemorySegment.copy(gradient, 0, copy, 0, bytes)),
        rate(bytes, ROUNDS, () -> checksum[0] += LayerNormalization.squaredNorm(gradient)),
        rate(bytes, ROUNDS, () -> streaming.add(gradient, 0, 1)),
        rate(bytes, 3, () -> sketch(shuffles, gradient, checksum)));
    if (Double.isNaN(checksum[0] + streaming.finish()[0])) {
      throw new AssertionError("finite numbers gave NaN");
    }
  }

  private static void sketch(
      GradientSketch.Accumulator sketch, MemorySegment gradient, double[] checksum) {
    sketch.add(gradient, 0, 1);
    checksum[0] += sketch.finish()[0];
  }

  /**
   * Returns the median GB per second of CPU time, after four seconds to warm up, because C2
   * compiles late on a busy machine.
   */
  private static double rate(long bytes, int rounds, Runnable work) {
    long warm = THREAD.getCurrentThreadCpuTime() + 4_000_000_000L;
    while (THREAD.getCurrentThreadCpuTime() < warm) {
      work.run();
    }
    double[] rates = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = THREAD.getCurrentThreadCpuTime();
      work.run();
      rates[i] = bytes / (double) (THREAD.getCurrentThreadCpuTime() - start);
    }
    Arrays.sort(rates);
    return rates[rounds / 2];
  }
}
