package org.rapidin.attribution.model.decoder.fused;

import org.rapidin.attribution.model.decoder.vector.Matrix;

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
   * Rotates each head's pairs (i, i + width/2) in place.
   *
   * @param cos [T, width], as sin
   * @param sign 1, or −1 to rotate back
   * @param factor multiplies all numbers
   */
  void rotate(float[] cos, float[] sin, float sign, float factor) {
    int half = width / 2;
    for (int t = 0; t < length; t++) {
      for (int at = t * heads * width; at < (t + 1) * heads * width; at += width) {
        for (int i = 0; i < half; i++) {
          float c = cos[t * width + i] * factor;
          float s = sin[t * width + i] * factor * sign;
          float x = numbers[at + i];
          float y = numbers[at + half + i];
          numbers[at + i] = x * c - y * s;
          numbers[at + half + i] = y * c + x * s;
        }
      }
    }
  }
}
