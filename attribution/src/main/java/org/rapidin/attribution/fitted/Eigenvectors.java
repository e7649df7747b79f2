package org.rapidin.attribution.fitted;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The eigenvectors of symmetric matrices in float64: those of the tridiagonal matrix of {@link
 * Eigenvalues}, taken back through its reflections.
 */
final class Eigenvectors {
  private Eigenvectors() {}

  /**
   * Computes the eigenvectors of the largest eigenvalues. Takes {@link #bytes}.
   *
   * @param matrix n×n, symmetric, of which the lower triangle is read; overwritten
   * @param count from 1 to n
   * @param check runs often, and throws to stop
   * @return count×n, orthonormal, that of the largest eigenvalue first
   * @throws ArithmeticException if they cannot be computed, as with numbers that are not finite
   */
  static double[][] largest(double[][] matrix, int count, Runnable check) {
    int n = matrix.length;
    double[][] vectors = new double[n][n];
    for (int i = 0; i < n; i++) {
      vectors[i][i] = 1;
    }
    double[] values =
        Eigenvalues.of(
            matrix, check, (i, sine, cosine) -> rotate(vectors[i], vectors[i + 1], sine, cosine));
    double[][] largest =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -values[i]))
            .limit(count)
            .map(i -> vectors[i])
            .toArray(double[][]::new);
    for (int i = 1; i < n; i++) {
      check.run();
      reflect(matrix[i], i, largest);
    }
    return largest;
  }

  /** Returns the bytes that n×n numbers take as a matrix, and their eigenvectors. */
  static long bytes(int n) {
    return 2L * n * n * Double.BYTES;
  }

  private static void rotate(double[] first, double[] second, double sine, double cosine) {
    for (int k = 0; k < first.length; k++) {
      double number = second[k];
      second[k] = sine * first[k] + cosine * number;
      first[k] = cosine * first[k] - sine * number;
    }
  }

  /** Multiplies vectors with I − 2·u·uᵀ/|u|², where u has the first n numbers of a row. */
  private static void reflect(double[] row, int n, double[][] vectors) {
    double size = Arrays.stream(row, 0, n).map(Math::abs).max().orElse(0);
    if (size == 0) {
      return;
    }
    double[] u = Arrays.stream(row, 0, n).map(number -> number / size).toArray();
    double square = dot(u, u);
    for (double[] vector : vectors) {
      double factor = 2 * dot(u, vector) / square;
      for (int k = 0; k < n; k++) {
        vector[k] -= factor * u[k];
      }
    }
  }

  private static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int k = 0; k < u.length; k++) {
      sum += u[k] * v[k];
    }
    return sum;
  }
}
