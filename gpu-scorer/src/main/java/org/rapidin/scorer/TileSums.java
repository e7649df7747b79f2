package org.rapidin.scorer;

import static org.rapidin.scorer.Vectors.LANES;

import java.util.Arrays;

/**
 * The sums of products of a block of rows with all queries. A sum is a vector while the tiles pass:
 * column i is added to lane {@code i mod LANES}, in ascending order. So its bits do not depend on
 * tiles, nor on the rows and queries that share the pass.
 */
final class TileSums {
  /** Rows of one call of a kernel; what is left of a block is passed row by row. */
  static final int ROWS_AT_ONCE = 4;

  /** The most queries of one call of a kernel. */
  static final int QUERIES_AT_ONCE = 4;

  private final TileKernels kernels;
  private final float[][] prepared;
  private final RowMatrix matrix;
  private final int bound;
  private final long[] offsets;
  private final float[] sums;
  private int grouped;

  /**
   * @param prepared the queries, by {@link TileKernels#prepare}
   * @param rows the most rows of a block
   */
  TileSums(TileKernels kernels, float[][] prepared, RowMatrix matrix, int rows) {
    this.kernels = kernels;
    this.prepared = prepared;
    this.matrix = matrix;
    this.bound = kernels.bound(matrix.dimension());
    this.offsets = new long[rows];
    this.sums = new float[rows * prepared.length * LANES];
  }

  /**
   * Computes the sums of a block in place of the earlier ones.
   *
   * @param rows indices into the matrix
   * @param first the first of the block in {@code rows}
   * @param length rows of the block
   * @param tile columns of a tile
   */
  void compute(int[] rows, int first, int length, int tile) {
    for (int i = 0; i < length; i++) {
      offsets[i] = matrix.rowOffset(rows[first + i]);
    }
    Arrays.fill(sums, 0);
    grouped = length / ROWS_AT_ONCE * ROWS_AT_ONCE;
    for (int from = 0; from < bound; from += tile) {
      int to = Math.min(bound, from + tile);
      for (int row = 0; row < grouped; row += ROWS_AT_ONCE) {
        addFour(row, from, to);
      }
      for (int row = grouped; row < length; row++) {
        addOne(row, from, to);
      }
    }
  }

  private void addFour(int row, int from, int to) {
    for (int m = 0, count; m < prepared.length; m += count) {
      count = Math.min(QUERIES_AT_ONCE, Integer.highestOneBit(prepared.length - m));
      TileKernel kernel =
          switch (count) {
            case 4 -> kernels.fourByFour();
            case 2 -> kernels.fourByTwo();
            default -> kernels.fourByOne();
          };
      kernel.add(matrix.values(), offsets, row, prepared, m, from, to, sums, at(row, m));
    }
  }

  private void addOne(int row, int from, int to) {
    TileKernel kernel = kernels.oneByOne();
    for (int m = 0; m < prepared.length; m++) {
      kernel.add(matrix.values(), offsets, row, prepared, m, from, to, sums, at(row, m));
    }
  }

  /** Where the sum of a row and a query is: those of four rows are next to each other. */
  private int at(int row, int query) {
    int inGroup = row < grouped ? row % ROWS_AT_ONCE : 0;
    int group = row < grouped ? ROWS_AT_ONCE : 1;
    return ((row - inGroup) * prepared.length + group * query + inGroup) * LANES;
  }

  /**
   * Returns the sum of all products of a row with a query.
   *
   * @param row in the block
   * @param values of the query, not prepared
   */
  double sum(int row, int query, float[] values) {
    double total = 0;
    int at = at(row, query);
    // From first to last: FloatVector.reduceLanes does not define the order, so that its result
    // could change when the JIT compiles it.
    for (int i = 0; i < LANES; i++) {
      total += sums[at + i];
    }
    return kernels.finish(total, matrix.values(), offsets[row], values, bound);
  }
}
