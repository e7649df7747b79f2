package org.rapidin.scorer.bits;

import java.util.SplittableRandom;

/** Vectors and plain oracles. */
final class TestVectors {
  private TestVectors() {}

  static float[] normal(int dimension, SplittableRandom random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  static float[] sum(float[] a, float[] b, float factor) {
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a[i] + factor * b[i];
    }
    return sum;
  }

  static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  static double norm(float[] a) {
    return Math.sqrt(product(a, a));
  }

  static float[] rotated(HadamardRotation rotation, float[] vector) {
    float[] copy = vector.clone();
    rotation.rotate(copy);
    return copy;
  }
}
