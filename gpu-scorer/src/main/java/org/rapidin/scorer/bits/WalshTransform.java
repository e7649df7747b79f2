package org.rapidin.scorer.bits;

import org.rapidin.scorer.CpuVectors;

/** The steps of a {@link HadamardRotation}. Implementations give the same bits. */
interface WalshTransform {
  /**
   * Multiplies by the Hadamard matrix.
   *
   * @param vector length a power of two, at least 64
   */
  void multiply(float[] vector);

  /**
   * Negates the numbers whose bits are set.
   *
   * @param signs bit i mod 64 of word i / 64 belongs to number i
   */
  void negate(float[] vector, long[] signs);

  /** Multiplies all numbers by a power of two. */
  default void scale(float[] vector, float factor) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= factor;
    }
  }

  /** Returns the fastest implementation that works in this JVM. */
  static WalshTransform best() {
    return CpuVectors.choose(() -> new VectorWalshTransform(), () -> new PlainWalshTransform());
  }
}
