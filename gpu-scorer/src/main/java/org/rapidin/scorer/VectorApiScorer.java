package org.rapidin.scorer;

import java.util.Objects;

/**
 * Computes inner products with the Vector API, four rows at a time so that each load of the query
 * is used four times. A single row takes the same steps in the same order, so its result has the
 * same bits.
 *
 * <p>Loading this class fails with a {@link LinkageError} if the incubator module is absent: see
 * {@link InnerProductScorers}.
 */
public final class VectorApiScorer implements InnerProductScorer {
  private static final int ROWS_AT_ONCE = 4;

  /** Returns whether the Vector API is faster than plain Java on this CPU. */
  static boolean isFast() {
    // Below 256 bits x86 has no fused multiply-add and the API emulates it; NEON has it at 128.
    return Kernels.LANES >= 8 || System.getProperty("os.arch").equals("aarch64");
  }

  @Override
  public void score(RowMatrix matrix, int[] rows, int count, float[] query, float[] products) {
    matrix.checkQuery(query);
    Objects.checkFromIndexSize(0, count, Math.min(rows.length, products.length));
    double[] sums = new double[ROWS_AT_ONCE];
    float[] lanes = new float[Kernels.LANES];
    int first = 0;
    for (; first + ROWS_AT_ONCE <= count; first += ROWS_AT_ONCE) {
      sumFour(matrix, rows, first, query, lanes, sums);
      for (int i = first; i < first + ROWS_AT_ONCE; i++) {
        products[i] = product(matrix, rows[i], query, sums[i - first]);
      }
    }
    for (; first < count; first++) {
      products[first] =
          product(matrix, rows[first], query, sumOne(matrix, rows[first], query, lanes));
    }
  }

  private static void sumFour(
      RowMatrix matrix, int[] rows, int first, float[] query, float[] lanes, double[] sums) {
    long a = matrix.rowOffset(rows[first]);
    long b = matrix.rowOffset(rows[first + 1]);
    long c = matrix.rowOffset(rows[first + 2]);
    long d = matrix.rowOffset(rows[first + 3]);
    switch (matrix.elementType()) {
      case FLOAT16 -> HalfKernels.sumFour(matrix.values(), a, b, c, d, query, lanes, sums);
      case FLOAT32 -> FloatKernels.sumFour(matrix.values(), a, b, c, d, query, lanes, sums);
      case INT8 -> ByteKernels.sumFour(matrix.values(), a, b, c, d, query, lanes, sums);
    }
  }

  private static double sumOne(RowMatrix matrix, int row, float[] query, float[] lanes) {
    long offset = matrix.rowOffset(row);
    return switch (matrix.elementType()) {
      case FLOAT16 -> HalfKernels.sumOne(matrix.values(), offset, query, lanes);
      case FLOAT32 -> FloatKernels.sumOne(matrix.values(), offset, query, lanes);
      case INT8 -> ByteKernels.sumOne(matrix.values(), offset, query, lanes);
    };
  }

  private static float product(RowMatrix matrix, int row, float[] query, double sum) {
    // float32 overflowed (numbers above 1e30): rare, so a second pass in double is affordable.
    return Double.isFinite(sum)
        ? (float) (sum * matrix.scale(row))
        : PlainScorer.product(matrix, row, query);
  }
}
