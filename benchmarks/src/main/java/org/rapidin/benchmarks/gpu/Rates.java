package org.rapidin.benchmarks.gpu;

import java.util.Arrays;

/** The arithmetic of the tables. */
final class Rates {
  private Rates() {}

  /** Returns 10^9 bytes per second. */
  static double gigabytesPerSecond(long bytes, double millis) {
    return bytes / (millis * 1e6);
  }

  /** Returns a part of a whole in percent. */
  static double percent(double part, double whole) {
    return 100 * part / whole;
  }

  /** Returns the median; of an even number of values the upper one. */
  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Something that takes time. */
  @FunctionalInterface
  interface Timed {
    /** Does it and returns how long it took. */
    double millis() throws Exception;
  }

  /** Returns the median of some rounds after one that is not counted. */
  static double median(int rounds, Timed work) throws Exception {
    double[] millis = new double[rounds];
    work.millis();
    for (int i = 0; i < rounds; i++) {
      millis[i] = work.millis();
    }
    return median(millis);
  }

  /** Something that is measured by this process's clock. */
  @FunctionalInterface
  interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** Returns how long something takes. */
  static double wallMillis(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e6;
  }
}
