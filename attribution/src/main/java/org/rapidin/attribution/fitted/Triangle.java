package org.rapidin.attribution.fitted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A symmetric or lower triangular matrix of n rows in float64: of row i the numbers 0 to i, one row
 * after the other. Not for several threads.
 */
final class Triangle {
  /** What rounding may leave of a pivot that is 0, of the number it comes from and for each row. */
  private static final double ROUNDING = 0x1p-52;

  private static final int ROWS_BETWEEN_CHECKS = 256;

  private final int rows;
  private final double[] numbers;

  /** A matrix of zeros. */
  Triangle(int rows) {
    this.rows = rows;
    this.numbers = new double[Math.toIntExact(length(rows))];
  }

  /** Returns the numbers of a matrix. */
  static long length(int rows) {
    return rows * (rows + 1L) / 2;
  }

  double[] numbers() {
    return numbers;
  }

  private static int start(int row) {
    return (int) length(row);
  }

  /**
   * Adds w times a symmetric matrix.
   *
   * @param floats float32 in native order, n×n
   */
  void addSymmetric(MemorySegment floats, double weight) {
    for (int i = 0; i < rows; i++) {
      int start = start(i);
      long row = (long) i * rows;
      for (int j = 0; j <= i; j++) {
        numbers[start + j] += weight * floats.getAtIndex(ValueLayout.JAVA_FLOAT, row + j);
      }
    }
  }

  /** Adds w·v·vᵀ for each of some vectors of length n. */
  void addOuter(double[][] vectors, double weight) {
    for (int i = 0; i < rows; i++) {
      int start = start(i);
      for (double[] vector : vectors) {
        double factor = weight * vector[i];
        for (int j = 0; j <= i; j++) {
          numbers[start + j] += factor * vector[j];
        }
      }
    }
  }

  void multiply(double factor) {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= factor;
    }
  }

  /** Returns the n×n numbers, of which the lower triangle is filled. */
  double[][] toRows() {
    double[][] matrix = new double[rows][rows];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(numbers, start(i), matrix[i], 0, i + 1);
    }
    return matrix;
  }

  void add(Triangle other) {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += other.numbers[i];
    }
  }

  double trace() {
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += numbers[start(i) + i];
    }
    return sum;
  }

  void addToDiagonal(double number) {
    for (int i = 0; i < rows; i++) {
      numbers[start(i) + i] += number;
    }
  }

  /**
   * Replaces the symmetric matrix A by L, with L·Lᵀ = A.
   *
   * @param check runs now and then, and throws to stop
   * @return whether A is positive definite beyond rounding; if not, the numbers cannot be used
   *     afterwards
   */
  boolean factorise(Runnable check) {
    for (int i = 0; i < rows; i++) {
      if (i % ROWS_BETWEEN_CHECKS == 0) {
        check.run();
      }
      int row = start(i);
      double least = ROUNDING * rows * numbers[row + i];
      for (int j = 0; j < i; j++) {
        double rest = numbers[row + j] - dot(numbers, row, numbers, start(j), j);
        numbers[row + j] = rest / numbers[start(j) + j];
      }
      double pivot = numbers[row + i] - dot(numbers, row, numbers, row, i);
      if (!(pivot > least)) {
        return false;
      }
      numbers[row + i] = Math.sqrt(pivot);
    }
    return true;
  }

  /** Replaces b by the solution x of L·Lᵀ·x = b. */
  void solve(double[] b) {
    solveHalf(b);
    for (int i = rows - 1; i >= 0; i--) {
      int row = start(i);
      b[i] /= numbers[row + i];
      double known = b[i];
      for (int j = 0; j < i; j++) {
        b[j] -= numbers[row + j] * known;
      }
    }
  }

  /** Replaces b by the solution x of L·x = b. */
  void solveHalf(double[] b) {
    for (int i = 0; i < rows; i++) {
      int row = start(i);
      b[i] = (b[i] - dot(numbers, row, b, 0, i)) / numbers[row + i];
    }
  }

  /** Replaces b by Lᵀ·b. Row by row, because columns are far apart in memory. */
  void multiplyTransposed(double[] b) {
    for (int i = 0; i < rows; i++) {
      int row = start(i);
      double factor = b[i];
      for (int j = 0; j < i; j++) {
        b[j] += numbers[row + j] * factor;
      }
      b[i] = numbers[row + i] * factor;
    }
  }

  /** Four sums, because each waits for its last addition. */
  private static double dot(double[] u, int first, double[] v, int second, int length) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int j = 0;
    for (; j + 3 < length; j += 4) {
      a += u[first + j] * v[second + j];
      b += u[first + j + 1] * v[second + j + 1];
      c += u[first + j + 2] * v[second + j + 2];
      d += u[first + j + 3] * v[second + j + 3];
    }
    for (; j < length; j++) {
      a += u[first + j] * v[second + j];
    }
    return a + b + (c + d);
  }
}
