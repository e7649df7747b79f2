package org.rapidin.benchmarks.gpu;

import java.io.PrintStream;

/** Counts what is not as it should be, and says so at once. */
final class Checks {
  /** The most that a product may be off, as a part of the product of the norms. */
  static final double TOLERANCE = 1e-6;

  private final PrintStream out;
  private int failures;

  Checks(PrintStream out) {
    this.out = out;
  }

  /**
   * Notes whether something holds.
   *
   * @param law what should hold, in words
   */
  void require(boolean holds, String law) {
    if (!holds) {
      failures++;
      out.println("FAILED: " + law);
      out.flush();
    }
  }

  /** Notes whether an error is small enough, and returns it. */
  double requireSmall(double error, String what) {
    require(error <= TOLERANCE, "%s: error %s of the norms".formatted(what, error));
    return error;
  }

  int failures() {
    return failures;
  }

  /** Returns what tables say of something that holds or not. */
  static String word(boolean holds) {
    return holds ? "equal" : "DIFFERS";
  }
}
