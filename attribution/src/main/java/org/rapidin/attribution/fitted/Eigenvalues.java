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
   * @param matrix n×n, symmetric, of which the lower triangle is read; overwritten
   * @param check runs once a row in each of both phases, and throws to stop
   * @return n numbers in any order
   * @throws ArithmeticException if the steps do not converge, as with numbers that are not finite
   */
  static double[] of(double[][] matrix, Runnable check) {
    return of(matrix, check, (i, sine, cosine) -> {});
  }

  /** Is told how a step rotates the rows i and i + 1 of the tridiagonal matrix. */
  @FunctionalInterface
  interface Rotations {
    /** The new row i + 1 is sine·(row i) + cosine·(row i + 1). */
    void rotate(int i, double sine, double cosine);
  }

  /**
   * As {@link #of(double[][], Runnable)}. Afterwards the first i numbers of row i are the vector
   * that the rows and columns before i were reflected along, 0 if they were not.
   *
   * @param rotations of the tridiagonal matrix, in their order
   */
  static double[] of(double[][] matrix, Runnable check, Rotations rotations) {
    int n = matrix.length;
    double[] diagonal = new double[n];
    double[] offDiagonal = new double[n];
    for (int i = n - 1; i > 0; i--) {
      check.run();
      offDiagonal[i] = reduce(matrix, i);
      diagonal[i] = matrix[i][i];
    }
    diagonal[0] = matrix[0][0];
    for (int i = 1; i < n; i++) {
      offDiagonal[i - 1] = offDiagonal[i];
    }
    offDiagonal[n - 1] = 0;
    for (int l = 0; l < n; l++) {
      check.run();
      split(diagonal, offDiagonal, l, rotations);
    }
    return diagonal;
  }

  /**
   * Reflects the rows and columns before {@code i}, so that row i has one number next to its
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

  /** Makes the number next to diagonal l vanish. */
  private static void split(double[] diagonal, double[] offDiagonal, int l, Rotations rotations) {
    for (int step = 0; ; step++) {
      int m = l;
      while (m < diagonal.length - 1 && !vanishes(diagonal, offDiagonal, m)) {
        m++;
      }
      if (m == l) {
        return;
      }
      if (step == MAX_STEPS) {
        throw new ArithmeticException("the eigenvalues do not converge");
      }
      step(diagonal, offDiagonal, l, m, rotations);
    }
  }

  private static boolean vanishes(double[] diagonal, double[] offDiagonal, int m) {
    double size = Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]);
    return size + Math.abs(offDiagonal[m]) == size;
  }

  /** One implicit QL step on the rows l to m, shifted by Wilkinson's rule. */
  private static void step(
      double[] diagonal, double[] offDiagonal, int l, int m, Rotations rotations) {
    double g = (diagonal[l + 1] - diagonal[l]) / (2 * offDiagonal[l]);
    double r = Math.hypot(g, 1);
    g = diagonal[m] - diagonal[l] + offDiagonal[l] / (g + Math.copySign(r, g));
    double sine = 1;
    double cosine = 1;
    double shift = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = sine * offDiagonal[i];
      double b = cosine * offDiagonal[i];
      r = Math.hypot(f, g);
      offDiagonal[i + 1] = r;
      if (r == 0) {
        diagonal[i + 1] -= shift;
        offDiagonal[m] = 0;
        return;
      }
      sine = f / r;
      cosine = g / r;
      g = diagonal[i + 1] - shift;
      r = (diagonal[i] - g) * sine + 2 * cosine * b;
      shift = sine * r;
      diagonal[i + 1] = g + shift;
      g = cosine * r - b;
      rotations.rotate(i, sine, cosine);
    }
    diagonal[l] -= shift;
    offDiagonal[l] = g;
    offDiagonal[m] = 0;
  }
}
