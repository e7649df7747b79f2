package org.rapidin.attribution.error;

/**
 * Sums over the matrices M_cd = A_cᵀB_d [n, n] of some matrices A_c and B_d [m, n]. They are
 * computed pair by pair, or as products of the [m, m] matrices A_c·A_dᵀ where m is less than n, so
 * that no more than three matrices of min(m, n)² numbers are in memory.
 *
 * @param a matrices of {@code height} rows and {@code width} columns, row by row
 * @param b as many
 * @param aTransposed the same matrices column by column
 * @param check is called for each pair; stops by throwing
 */
record SideProducts(
    double[][] a,
    double[][] b,
    double[][] aTransposed,
    double[][] bTransposed,
    int height,
    int width,
    Runnable check) {

  /** Returns ⟨S, S⟩ + ⟨S, Sᵀ⟩ with S = ΣM_cc: each A_c is joined with its B_c by the other side. */
  double own() {
    if (height >= width) {
      double[] sum = new double[width * width];
      for (int c = 0; c < a.length; c++) {
        check.run();
        add(sum, a[c], b[c], height, width);
      }
      return ProjectedProducts.dot(sum, sum) + crossed(sum, sum, width);
    }
    double sum = 0;
    for (int c = 0; c < a.length; c++) {
      for (int d = 0; d < a.length; d++) {
        check.run();
        sum +=
            ProjectedProducts.dot(
                narrow(aTransposed[d], aTransposed[c]), narrow(bTransposed[d], bTransposed[c]));
        sum +=
            ProjectedProducts.dot(
                narrow(aTransposed[d], bTransposed[c]), narrow(bTransposed[d], aTransposed[c]));
      }
    }
    return sum;
  }

  /** Returns Σ⟨M_cd, M_dc⟩: neither side joins A_c with B_c, and each in another way. */
  double crossed() {
    double sum = 0;
    for (int c = 0; c < a.length; c++) {
      for (int d = 0; d < a.length; d++) {
        check.run();
        sum +=
            height >= width
                ? ProjectedProducts.dot(wide(a[c], b[d]), wide(a[d], b[c]))
                : ProjectedProducts.dot(
                    narrow(aTransposed[d], aTransposed[c]), narrow(bTransposed[c], bTransposed[d]));
      }
    }
    return sum;
  }

  /** Returns xᵀ·y [n, n]. */
  private double[] wide(double[] x, double[] y) {
    double[] product = new double[width * width];
    add(product, x, y, height, width);
    return product;
  }

  /** Returns x·yᵀ [m, m] of transposed matrices. */
  private double[] narrow(double[] x, double[] y) {
    double[] product = new double[height * height];
    add(product, x, y, width, height);
    return product;
  }

  /** The inner loop adds a row to a row, which the JIT makes vector instructions of. */
  private static void add(double[] sum, double[] x, double[] y, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < columns; i++) {
        double factor = x[row * columns + i];
        for (int j = 0; j < columns; j++) {
          sum[i * columns + j] += factor * y[row * columns + j];
        }
      }
    }
  }

  /** Returns ⟨X, Yᵀ⟩. */
  private static double crossed(double[] x, double[] y, int size) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        sum += x[i * size + j] * y[j * size + i];
      }
    }
    return sum;
  }
}
