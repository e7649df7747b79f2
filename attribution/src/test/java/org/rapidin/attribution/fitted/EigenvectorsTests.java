package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The space of the largest eigenvectors is that of Jacobi's rotations. */
class EigenvectorsTests {

  private static double[][] largest(double[][] matrix, int count) {
    double[][] copy = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    return Eigenvectors.largest(copy, count, () -> {});
  }

  private static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += u[i] * v[i];
    }
    return sum;
  }

  /** Also where eigenvalues are 0 or equal, and a vector is one of many. */
  @Test
  void theyAreOrthonormal() {
    for (int n : new int[] {1, 2, 3, 17, 40}) {
      for (int rank : new int[] {0, 1, n / 2, n, 2 * n}) {
        double[][] vectors = largest(EigenvaluesTests.matrix(n + rank, n, rank), n);
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < n; j++) {
            assertEquals(i == j ? 1 : 0, dot(vectors[i], vectors[j]), 1e-13);
          }
        }
      }
    }
  }

  @Test
  void theMatrixStretchesThemByTheLargestEigenvalues() {
    for (int n : new int[] {1, 2, 3, 17, 40}) {
      double[][] matrix = EigenvaluesTests.matrix(n, n, 2 * n);
      double[] values = PlainEigenvectors.of(matrix).values();
      double[][] vectors = largest(matrix, (n + 1) / 2);
      assertEquals((n + 1) / 2, vectors.length);
      for (int k = 0; k < vectors.length; k++) {
        for (int i = 0; i < n; i++) {
          assertEquals(values[k] * vectors[k][i], dot(matrix[i], vectors[k]), 1e-13 * values[0]);
        }
      }
    }
  }

  @Test
  void theirSpaceIsThatOfRotationsAlsoForSmallNumbers() {
    for (double size : new double[] {1, 1e-30}) {
      double[][] matrix = EigenvaluesTests.matrix(7, 25, 10);
      Arrays.stream(matrix).forEach(row -> Arrays.setAll(row, i -> row[i] * size));
      double[][] wanted = Arrays.copyOf(PlainEigenvectors.of(matrix).vectors(), 4);
      double[][] got = PlainEigenvectors.projection(largest(matrix, 4));
      for (int i = 0; i < 25; i++) {
        assertArrayEquals(PlainEigenvectors.projection(wanted)[i], got[i], 1e-12);
      }
    }
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    double[][] matrix = EigenvaluesTests.matrix(1, 6, 6);
    matrix[3][1] = Double.NaN;
    assertThrows(ArithmeticException.class, () -> largest(matrix, 2));
  }
}
