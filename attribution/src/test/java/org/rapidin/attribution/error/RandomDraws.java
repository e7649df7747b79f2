package org.rapidin.attribution.error;

import java.util.Random;

/** Random vectors, and errors over many random projections of them. */
class RandomDraws {
  private final Random random;

  RandomDraws(Random random) {
    this.random = random;
  }

  /** The squared error of one draw, and the variance that is estimated from it. */
  record Draw(double squared, double variance) {}

  interface Drawing {
    Draw next();
  }

  /** The mean of the estimates over the mean of the squares. */
  static double ratio(int draws, Drawing drawing) {
    double squares = 0;
    double variances = 0;
    for (int i = 0; i < draws; i++) {
      Draw draw = drawing.next();
      squares += draw.squared();
      variances += draw.variance();
    }
    return variances / squares;
  }

  float[] gaussian(int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** With a part in common, so that the product is not small. */
  float[] like(float[] other, double share) {
    float[] numbers = gaussian(other.length);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += (float) (share * other[i]);
    }
    return numbers;
  }

  static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** Returns [k, n] of variance 1/k, or the unit matrix if nothing is projected. */
  double[][] matrix(int k, int n, boolean projected) {
    double[][] rows = new double[k][n];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = projected ? random.nextGaussian() / Math.sqrt(k) : i == j ? 1 : 0;
      }
    }
    return rows;
  }
}
