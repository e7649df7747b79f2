package org.rapidin.attribution.error;

/** The matrices M_cd = A_cᵀB_d [n, n] of some matrices A_c and B_d [m, n], row by row. */
final class SideProducts {
  private final double[][][] products;
  private final int width;

  /**
   * Multiplies all pairs.
   *
   * @param a matrices of {@code height} rows and {@code width} columns
   * @param b as many
   */
  SideProducts(double[][] a, double[][] b, int height, int width) {
    this.width = width;
    this.products = new double[a.length][b.length][];
    for (int c = 0; c < a.length; c++) {
      for (int d = 0; d < b.length; d++) {
        products[c][d] = product(a[c], b[d], height);
      }
    }
  }

  /** The inner loop adds a row to a row, which the JIT makes vector instructions of. */
  private double[] product(double[] a, double[] b, int height) {
    double[] product = new double[width * width];
    for (int row = 0; row < height; row++) {
      for (int i = 0; i < width; i++) {
        double factor = a[row * width + i];
        for (int j = 0; j < width; j++) {
          product[i * width + j] += factor * b[row * width + j];
        }
      }
    }
    return product;
  }

  /** Returns ⟨S, S⟩ + ⟨S, Sᵀ⟩ with S = ΣM_cc: each A_c is joined with its B_c by the other side. */
  double own() {
    double[] sum = new double[width * width];
    for (int c = 0; c < products.length; c++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += products[c][c][i];
      }
    }
    return ProjectedProducts.dot(sum, sum) + ProjectedProducts.dot(sum, transposed(sum));
  }

  /** Returns Σ⟨M_cd, M_dc⟩: neither side joins A_c with B_c, and each in another way. */
  double crossed() {
    double sum = 0;
    for (int c = 0; c < products.length; c++) {
      for (int d = 0; d < products.length; d++) {
        sum += ProjectedProducts.dot(products[c][d], products[d][c]);
      }
    }
    return sum;
  }

  private double[] transposed(double[] matrix) {
    double[] transposed = new double[matrix.length];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < width; j++) {
        transposed[j * width + i] = matrix[i * width + j];
      }
    }
    return transposed;
  }
}
