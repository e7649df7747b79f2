package org.rapidin.scorer;

/**
 * Computes exact inner products of one query with stored rows, accumulated in float32 or better,
 * with the rows' scales applied. The error is below 1e-5 of the sum of the products' magnitudes.
 * Safe for many threads. The result of a row does not depend on which other rows are scored with
 * it.
 */
public interface InnerProductScorer {

  /**
   * Scores some rows.
   *
   * @param matrix n×K rows
   * @param rows indices into the matrix
   * @param count how many of {@code rows} are scored, from the first
   * @param query float32, length K; not changed
   * @param products receives {@code count} inner products
   */
  void score(RowMatrix matrix, int[] rows, int count, float[] query, float[] products);
}
