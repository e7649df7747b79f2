package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;

/**
 * Adds products of rows with queries over some columns. A number of a row is decoded once for all
 * queries of a call. Column i is added to lane {@code i mod LANES} of a sum, in ascending order, so
 * that all kernels give the same bits.
 *
 * <p>The loops are written for the JIT. What it does not inline allocates each vector; the methods
 * of the Vector API are always inlined, others only until the compiled method has a certain size,
 * which the larger ones reach. So a row is decoded in the loop and not by a method. Loops with 8
 * multiplications and more are not unrolled further, which would need more registers than there
 * are.
 */
@FunctionalInterface
interface TileKernel {
  /** Columns of one iteration of the longest loop. */
  int STEP = 2 * Vectors.LANES;

  /**
   * Adds to the sums of some rows and queries.
   *
   * @param values memory outside of the heap, and each kernel says so to the JIT: where other code
   *     of the process has loaded vectors from the heap, its profile makes every load a virtual
   *     call otherwise, which is several times slower
   * @param rows offsets of rows in {@code values} in bytes
   * @param row index of the first in {@code rows}
   * @param queries as {@link TileKernels#prepare} returns them
   * @param query index of the first in {@code queries}
   * @param from the first column, a multiple of {@link #STEP}
   * @param to after the last column, a multiple of {@link #STEP} and at most {@link
   *     TileKernels#bound}
   * @param sums has the sum of row i and query j at {@code at + (rows·j + i)·LANES}
   */
  void add(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at);
}
