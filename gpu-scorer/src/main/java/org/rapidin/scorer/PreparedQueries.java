package org.rapidin.scorer;

/**
 * Computes exact inner products of some queries with stored rows, accumulated in float32 or better,
 * with the rows' scales applied. The error is below 1e-5 of the sum of the products' magnitudes.
 * Safe for many threads. The bits of a product do not depend on which other rows and queries are
 * scored with it.
 */
public interface PreparedQueries {

  /**
   * Scores some rows.
   *
   * @param matrix n×K rows of the element type that the queries were prepared for
   * @param rows indices into the matrix
   * @param count how many of {@code rows} are scored, from the first
   * @param products receives q×count inner products, query-major: the product of query m and row i
   *     is at {@code m·count + i}
   * @throws IllegalArgumentException if the rows have another dimension or element type
   */
  void score(RowMatrix matrix, int[] rows, int count, float[] products);
}
