package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;

/**
 * Adds products of rows with queries over some columns, for one element type. A number of a row is
 * decoded once for all queries of a call. Each method adds column i to lane {@code i mod LANES} of
 * a sum, in ascending order, so that all give the same bits.
 *
 * <p>The loops are written for the JIT. What it does not inline allocates each vector; the methods
 * of the Vector API are always inlined, others only until the compiled method has a certain size,
 * which the larger ones reach. So a row is decoded in the loop and not by a method. Loops with 8
 * multiplications and more are not unrolled further, which would need more registers than there
 * are.
 *
 * <p>{@code values} is memory outside of the heap, and each method says so to the JIT: where other
 * code of the process has loaded vectors from the heap, its profile makes every load a virtual call
 * otherwise, which is several times slower.
 *
 * <p>Arguments of all methods: {@code rows} has the offsets of rows in {@code values} in bytes, the
 * first at index {@code row}; {@code queries} are as {@link #prepare} returns them, the first at
 * index {@code query}; columns go from {@code from} to {@code to}, both multiples of {@link #STEP}
 * and at most {@link #bound}. {@code sums} has the sum of row i and query j at {@code at + (rows·j
 * + i)·LANES}.
 */
interface TileKernels {
  /** Columns of one iteration of the longest loop. */
  int STEP = 2 * Vectors.LANES;

  /** Adds the products of four rows and four queries. */
  void fourByFour(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at);

  /** Adds the products of four rows and two queries. */
  void fourByTwo(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at);

  /** Adds the products of four rows and one query. */
  void fourByOne(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at);

  /** Adds the products of one row and one query. */
  void oneByOne(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at);

  /** Returns a query as the kernels take it: the vector itself or another one of its length. */
  float[] prepare(float[] query);

  /** Returns where the columns of the kernels end: no load reaches behind its row. */
  int bound(int dimension);

  /**
   * Returns the sum of all products of a row.
   *
   * @param sum of the lanes
   * @param offset of the row in {@code values}, in bytes
   * @param query not prepared
   * @param from the first column that is not in {@code sum}
   */
  double finish(double sum, MemorySegment values, long offset, float[] query, int from);
}
