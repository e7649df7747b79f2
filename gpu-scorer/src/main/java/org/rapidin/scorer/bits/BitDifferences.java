package org.rapidin.scorer.bits;

import org.rapidin.scorer.CpuVectors;

/** Counts the bits in which two codes differ. Safe for many threads. */
public interface BitDifferences {
  /**
   * Counts.
   *
   * @param row of the codes
   * @param other of the same codes
   * @return 0 to B
   */
  int count(CodeMatrix codes, int row, int other);

  /** Returns the fastest implementation that works in this JVM. */
  static BitDifferences best() {
    return CpuVectors.choose(() -> new VectorBitDifferences(), () -> new PlainBitDifferences());
  }
}
