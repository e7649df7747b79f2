package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Eigenvalues are those that Jacobi's rotations of the whole matrix leave on its diagonal. */
class EigenvaluesTests {

  /** Sum of some outer products, so that others of the eigenvalues are 0. */
  static double[][] matrix(long seed, int n, int rank) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] matrix = new double[n][n];
    for (int r = 0; r < rank; r++) {
      double[] v = random.doubles(n, -1, 1).toArray();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          matrix[i][j] += v[i] * v[j] * Math.pow(3, -r);
        }
      }
    }
    return matrix;
  }

  private static double[][] copy(double[][] matrix) {
    return Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
  }

  private static double[] byRotations(double[][] matrix) {
    double[] values = PlainEigenvectors.of(matrix).values();
    Arrays.sort(values);
    return values;
  }

  private static double[] sorted(double[][] matrix) {
    double[] values = Eigenvalues.of(copy(matrix), () -> {});
    Arrays.sort(values);
    return values;
  }

  @Test
  void theyAreThoseOfRotations() {
    for (int n : new int[] {1, 2, 3, 17, 40}) {
      for (int rank : new int[] {0, 1, n / 2, n, 2 * n}) {
        double[][] matrix = matrix(n + rank, n, rank);
        double[] wanted = byRotations(matrix);
        assertArrayEquals(wanted, sorted(matrix), 1e-13 * Math.max(1e-300, wanted[n - 1]));
      }
    }
  }

  @Test
  void thoseOfADiagonalMatrixAreItsNumbers() {
    double[][] diagonal = {{3, 0, 0}, {0, -1, 0}, {0, 0, 1e-20}};
    assertArrayEquals(new double[] {-1, 1e-20, 3}, sorted(diagonal));
  }

  @Test
  void theirSumIsTheTraceAlsoForSmallNumbers() {
    double[][] matrix = matrix(5, 30, 30);
    double trace = 0;
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 30; j++) {
        matrix[i][j] *= 1e-30;
      }
      trace += matrix[i][i];
    }
    assertEquals(trace, Arrays.stream(sorted(matrix)).sum(), 1e-12 * trace);
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    double[][] matrix = matrix(1, 6, 6);
    matrix[3][1] = Double.NaN;
    assertThrows(ArithmeticException.class, () -> Eigenvalues.of(matrix, () -> {}));
  }
}
