package org.rapidin.attribution.sketch;

/**
 * Multiplies 64 rows of a {@link SignMatrix} with numbers. Every kernel gives the same bits: a
 * row's sum adds its numbers in ascending order, each sum rounded to float32.
 */
interface SignKernel {

  /**
   * Computes 64 sums.
   *
   * @param words of the matrix, one a number
   * @param numbers at least {@code count}
   * @param sums length 64; sum i becomes Σ numbers[j], those negated whose word has bit i set
   */
  void multiply(long[] words, float[] numbers, int count, float[] sums);

  /** The fastest kernel of this JVM. */
  static SignKernel best() {
    return SketchKernel.hasVectors() ? new VectorSignKernel() : new ScalarSignKernel();
  }
}
