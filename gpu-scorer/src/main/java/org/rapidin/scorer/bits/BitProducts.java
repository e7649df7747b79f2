package org.rapidin.scorer.bits;

import org.rapidin.scorer.CpuVectors;

/** Sums the digits of a query over the set bits of codes. Safe for many threads. */
interface BitProducts {
  /**
   * Computes sums.
   *
   * @param rows indices into the codes
   * @param count how many of {@code rows} are scored, from the first
   * @param sums receives {@code count} sums
   */
  void sum(CodeMatrix codes, int[] rows, int count, SignQuery query, int[] sums);

  /** Returns the fastest implementation that works in this JVM. */
  static BitProducts best() {
    return CpuVectors.choose(() -> new VectorBitProducts(), () -> new PlainBitProducts());
  }
}
