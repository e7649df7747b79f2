package org.rapidin.attribution.model.decoder.fused;

import org.rapidin.attribution.model.decoder.vector.Matrix;
import org.rapidin.attribution.model.decoder.vector.RotaryPairs;

/**
 * Heads of one sequence on the heap.
 *
 * @param numbers [T, heads·width]
 */
record HeapRows(float[] numbers, int length, int heads, int width) {

  /** Zeros. */
  static HeapRows zeros(int length, int heads, int width) {
    return new HeapRows(new float[length * heads * width], length, heads, width);
  }

  /** Zeros of the same shape. */
  HeapRows zeros() {
    return zeros(length, heads, width);
  }

  /** One head, [T, width]. */
  Matrix head(int head) {
    return Matrix.of(numbers, head * width, heads * width);
  }

  /**
   * Rotates each head's pairs (i, i + width/2) in place. The width is a multiple of 8.
   *
   * @param cos [T, width], as sin
   * @param sign 1, or −1 to rotate back
   * @param factor multiplies all numbers
   */
  void rotate(float[] cos, float[] sin, float sign, float factor) {
    RotaryPairs.rotate(numbers, length, heads, width, cos, sin, sign, factor);
  }
}
