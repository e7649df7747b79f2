package org.rapidin.scorer.bits;

import org.rapidin.scorer.CpuVectors;

/** Sums the digits of a query over the set bits of codes. Safe for many threads. */
interface BitProducts {
  /**
   * Adds the sums over some words of the codes, of 64 bits each.
   *
   * @param rows indices into the codes
   * @param count how many of {@code rows} are scored, from the first
   * @param from the first word
   * @param to behind the last word
   * @param sums {@code count} sums, added to
   * @param at index of the first of these
   */
  void add(
      CodeMatrix codes,
      int[] rows,
      int count,
      SignQuery query,
      int from,
      int to,
      int[] sums,
      int at);

  /** Returns the fastest implementation that works in this JVM. */
  static BitProducts best() {
    return CpuVectors.choose(() -> new VectorBitProducts(), () -> new PlainBitProducts());
  }
}
