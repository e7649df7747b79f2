package org.rapidin.scorer;

/**
 * Exact inner products of one query with stored rows, accumulated in float32 or better, scales
 * applied: within 1e-5 of the sum of the products' magnitudes. Safe for many threads. A row's
 * result never depends on which other rows are scored with it.
 */
public interface InnerProductScorer {

  /**
   * Scores chosen rows.
   *
   * @param matrix n×K rows
   * @param rows indices into the matrix
   * @param count how many of {@code rows} count
   * @param query float32, length K; not changed
   * @param products receives {@code count} inner products
   */
  void score(RowMatrix matrix, int[] rows, int count, float[] query, float[] products);
}
