package org.rapidin.attribution.fitted;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The oracle of {@link Eigenvectors}: Jacobi's rotations of the whole matrix.
 *
 * @param values the largest first
 * @param vectors n×n, one after the other, in the order of the values
 */
public record PlainEigenvectors(double[] values, double[][] vectors) {

  /** Returns those of a symmetric matrix, which is not changed. */
  public static PlainEigenvectors of(double[][] matrix) {
    int n = matrix.length;
    double[][] a = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (a[p][q] != 0) {
            rotate(a, v, p, q, 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]));
          }
        }
      }
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -a[i][i]))
            .mapToInt(i -> i)
            .toArray();
    return new PlainEigenvectors(
        Arrays.stream(order).mapToDouble(i -> a[i][i]).toArray(),
        Arrays.stream(order).mapToObj(i -> v[i]).toArray(double[][]::new));
  }

  private static void rotate(double[][] a, double[][] v, int p, int q, double theta) {
    double c = Math.cos(theta);
    double s = Math.sin(theta);
    for (double[] row : a) {
      double x = row[p];
      row[p] = c * x - s * row[q];
      row[q] = s * x + c * row[q];
    }
    rows(a, p, q, c, s);
    rows(v, p, q, c, s);
  }

  private static void rows(double[][] matrix, int p, int q, double c, double s) {
    for (int k = 0; k < matrix.length; k++) {
      double x = matrix[p][k];
      matrix[p][k] = c * x - s * matrix[q][k];
      matrix[q][k] = s * x + c * matrix[q][k];
    }
  }

  /** Returns the projection to the space of some orthonormal vectors, Σ v·vᵀ, n×n. */
  public static double[][] projection(double[][] vectors) {
    int n = vectors[0].length;
    double[][] sum = new double[n][n];
    for (double[] vector : vectors) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          sum[i][j] += vector[i] * vector[j];
        }
      }
    }
    return sum;
  }
}
