package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;

/** The kernels of one element type, and what is computed before and after them. */
interface TileKernels {
  /** Adds the products of four rows and four queries. */
  TileKernel fourByFour();

  /** Adds the products of four rows and two queries. */
  TileKernel fourByTwo();

  /** Adds the products of four rows and one query. */
  TileKernel fourByOne();

  /** Adds the products of one row and one query. */
  TileKernel oneByOne();

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
