package org.rapidin.demo.evaluation;

/** The factor L of a symmetric positive definite matrix L·Lᵀ. */
final class Cholesky {
  private final double[][] lower;

  /**
   * Factorizes A + shift · I.
   *
   * @param matrix A, symmetric; not changed
   * @throws IllegalArgumentException if it is not positive definite
   */
  Cholesky(double[][] matrix, double shift) {
    int size = matrix.length;
    lower = new double[size][];
    for (int i = 0; i < size; i++) {
      double[] row = new double[i + 1];
      for (int j = 0; j < i; j++) {
        row[j] = (matrix[i][j] - product(row, lower[j], j)) / lower[j][j];
      }
      double pivot = matrix[i][i] + shift - product(row, row, i);
      if (!(pivot > 0)) {
        throw new IllegalArgumentException(
            "row %s of %s makes the matrix singular: use more damping".formatted(i, size));
      }
      row[i] = Math.sqrt(pivot);
      lower[i] = row;
    }
  }

  private static double product(double[] a, double[] b, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Returns L⁻¹·b, new. */
  double[] forward(double[] b) {
    double[] x = new double[lower.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (b[i] - product(lower[i], x, i)) / lower[i][i];
    }
    return x;
  }

  /** Returns (L·Lᵀ)⁻¹·b, new. */
  double[] solve(double[] b) {
    double[] x = forward(b);
    for (int i = x.length - 1; i >= 0; i--) {
      x[i] /= lower[i][i];
      for (int j = 0; j < i; j++) {
        x[j] -= lower[i][j] * x[i];
      }
    }
    return x;
  }

  /** Returns the diagonal of (L·Lᵀ)⁻¹. */
  double[] inverseDiagonal() {
    double[] diagonal = new double[lower.length];
    for (int i = 0; i < diagonal.length; i++) {
      double[] unit = new double[lower.length];
      unit[i] = 1;
      for (double number : forward(unit)) {
        diagonal[i] += number * number;
      }
    }
    return diagonal;
  }
}
