package org.rapidin.attribution.fitted;

/**
 * The eigenvalues of symmetric matrices in float64, with an error of about 1e-15 of the largest:
 * Householder's reduction to a tridiagonal matrix, then implicit QL steps.
 *
 * @see <a href="https://doi.org/10.1007/BF02162111">Bowdler, Martin, Reinsch, Wilkinson: The QR and
 *     QL algorithms for symmetric matrices, 1968</a>
 */
final class Eigenvalues {
  private static final int MAX_STEPS = 60;

  private Eigenvalues() {}

  /**
   * Computes the eigenvalues of a matrix.
   *
   * @param matrix n×n, symmetric, of which the lower triangle is read; its numbers are of no use
   *     afterwards
   * @param check runs once a row, and throws to stop
   * @return n numbers in any order
   * @throws IllegalArgumentException if numbers are not finite, so that the steps do not converge
   */
  static double[] of(double[][] matrix, Runnable check) {
    int n = matrix.length;
    double[] diagonal = new double[n];
    double[] beside = new double[n];
    for (int i = n - 1; i > 0; i--) {
      check.run();
      beside[i] = reduce(matrix, i);
      diagonal[i] = matrix[i][i];
    }
    diagonal[0] = matrix[0][0];
    for (int i = 1; i < n; i++) {
      beside[i - 1] = beside[i];
    }
    beside[n - 1] = 0;
    for (int l = 0; l < n; l++) {
      split(diagonal, beside, l);
    }
    return diagonal;
  }

  /**
   * Reflects the rows and columns before {@code i}, so that row i has one number beside its
   * diagonal.
   *
   * @return that number
   */
  private static double reduce(double[][] matrix, int i) {
    double[] row = matrix[i];
    double norm = 0;
    for (int k = 0; k < i; k++) {
      norm = Math.hypot(norm, row[k]);
    }
    if (norm == 0) {
      return 0;
    }
    double first = row[i - 1];
    double result = first > 0 ? -norm : norm;
    row[i - 1] = first - result;
    double square = norm * norm - first * result; // half of |u|²
    double[] p = product(matrix, row, i);
    double along = 0;
    for (int j = 0; j < i; j++) {
      p[j] /= square;
      along += p[j] * row[j];
    }
    along /= 2 * square;
    for (int j = 0; j < i; j++) {
      p[j] -= along * row[j];
    }
    for (int j = 0; j < i; j++) {
      double[] target = matrix[j];
      for (int k = 0; k <= j; k++) {
        target[k] -= row[j] * p[k] + p[j] * row[k];
      }
    }
    return result;
  }

  /** The first n rows and columns times a vector; reads the lower triangle, row by row. */
  private static double[] product(double[][] matrix, double[] vector, int n) {
    double[] result = new double[n];
    for (int j = 0; j < n; j++) {
      double[] row = matrix[j];
      double sum = row[j] * vector[j];
      for (int k = 0; k < j; k++) {
        sum += row[k] * vector[k];
        result[k] += row[k] * vector[j];
      }
      result[j] += sum;
    }
    return result;
  }

  /** Makes the number beside diagonal l vanish. */
  private static void split(double[] diagonal, double[] beside, int l) {
    for (int step = 0; ; step++) {
      int m = l;
      while (m < diagonal.length - 1 && !vanishes(diagonal, beside, m)) {
        m++;
      }
      if (m == l) {
        return;
      }
      if (step == MAX_STEPS) {
        throw new IllegalArgumentException("eigenvalues of numbers that are not finite");
      }
      step(diagonal, beside, l, m);
    }
  }

  private static boolean vanishes(double[] diagonal, double[] beside, int m) {
    double size = Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]);
    return size + Math.abs(beside[m]) == size;
  }

  /** One implicit QL step on the rows l to m, shifted by Wilkinson's rule. */
  private static void step(double[] diagonal, double[] beside, int l, int m) {
    double g = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l]);
    double r = Math.hypot(g, 1);
    g = diagonal[m] - diagonal[l] + beside[l] / (g + Math.copySign(r, g));
    double sine = 1;
    double cosine = 1;
    double shift = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = sine * beside[i];
      double b = cosine * beside[i];
      r = Math.hypot(f, g);
      beside[i + 1] = r;
      if (r == 0) {
        diagonal[i + 1] -= shift;
        beside[m] = 0;
        return;
      }
      sine = f / r;
      cosine = g / r;
      g = diagonal[i + 1] - shift;
      r = (diagonal[i] - g) * sine + 2 * cosine * b;
      shift = sine * r;
      diagonal[i + 1] = g + shift;
      g = cosine * r - b;
    }
    diagonal[l] -= shift;
    beside[l] = g;
    beside[m] = 0;
  }
}
