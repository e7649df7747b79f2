package org.rapidin.plugin.lucene;

/**
 * A query vector brought to a largest magnitude in [1, 2) by a power of two, which loses nothing:
 * inner products of float32's extremes then neither overflow nor vanish.
 *
 * @param values v / factor
 * @param factor the power of two that products are multiplied with
 */
record ScaledVector(float[] values, double factor) {

  /**
   * @param vector float32, finite; not changed
   */
  static ScaledVector of(float[] vector) {
    float largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest == 0) {
      return new ScaledVector(vector, 1);
    }
    double factor = Math.scalb(1.0, Math.getExponent((double) largest));
    float[] values = new float[vector.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (vector[i] / factor);
    }
    return new ScaledVector(values, factor);
  }
}
