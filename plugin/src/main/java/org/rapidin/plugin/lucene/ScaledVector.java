package org.rapidin.plugin.lucene;

import java.util.List;
import org.rapidin.scorer.VectorNorms;

/**
 * A query vector whose largest magnitude is within 2^±40, by a power of two, which loses nothing:
 * inner products of float32's extremes then neither overflow nor vanish.
 *
 * @param values v / factor
 * @param factor the power of two that products are multiplied with
 */
record ScaledVector(float[] values, double factor) {
  // Products with stored rows, and their sums, stay far inside float32's range up to here.
  private static final int HARMLESS_EXPONENT = 40;

  /**
   * @param vector float32, finite; not changed
   */
  static ScaledVector of(float[] vector) {
    return of(List.of(vector)).getFirst();
  }

  /**
   * Scales several vectors by one factor, so that their products can be compared.
   *
   * @param vectors float32, finite; not changed
   */
  static List<ScaledVector> of(List<float[]> vectors) {
    float largest = 0;
    for (float[] vector : vectors) {
      largest = Math.max(largest, VectorNorms.largestMagnitude(vector));
    }
    int exponent = Math.getExponent((double) largest);
    if (largest == 0 || Math.abs(exponent) <= HARMLESS_EXPONENT) {
      return vectors.stream().map(vector -> new ScaledVector(vector, 1)).toList();
    }
    double factor = Math.scalb(1.0, exponent);
    return vectors.stream().map(vector -> divided(vector, factor)).toList();
  }

  private static ScaledVector divided(float[] vector, double factor) {
    float[] values = new float[vector.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (vector[i] / factor);
    }
    return new ScaledVector(values, factor);
  }
}
