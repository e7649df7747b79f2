package org.rapidin.gpu;

import org.rapidin.scorer.bits.SignQuery;

/** A query of a pass. */
sealed interface PassQuery {
  /** For rows of numbers: K float32. */
  record Numbers(float[] vector) implements PassQuery {}

  /**
   * For rows of sign bits.
   *
   * @param offset what is added for the segment's centre
   */
  record Digits(SignQuery query, double offset) implements PassQuery {}
}
