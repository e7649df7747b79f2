package org.rapidin.benchmarks.gpu;

import java.util.BitSet;
import java.util.Comparator;

/** Sorts scores in plain Java, as the device should. */
final class TopOrder {
  private TopOrder() {}

  /**
   * Returns the ordinals of the k largest scores, descending, ties ascending by ordinal.
   *
   * @param scores of all rows
   */
  static int[] top(float[] scores, int k, BitSet accepted) {
    return accepted.stream()
        .boxed()
        // The two zeros are equal.
        .sorted(
            Comparator.comparing((Integer row) -> scores[row] + 0f)
                .reversed()
                .thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .mapToInt(row -> row)
        .toArray();
  }
}
