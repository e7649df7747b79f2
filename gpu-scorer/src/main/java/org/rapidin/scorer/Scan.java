package org.rapidin.scorer;

import java.io.IOException;

/**
 * Scores rows of one segment for the queries that it was opened with. For one thread. The result of
 * a row and a query does not depend on the other rows and queries.
 */
public interface Scan extends AutoCloseable {
  /**
   * Returns how many rows a call of {@link #score} should have: enough to use the processor well.
   * May change between calls. Fewer rows and more rows are correct too.
   */
  int preferredRows();

  /**
   * Scores some rows.
   *
   * @param rows ordinals of rows, in ascending order
   * @param count n, how many of {@code rows} are scored, from the first
   * @param products receives q×n inner products, query-major: the product of query m and row i is
   *     at {@code m·n + i}
   * @throws IllegalStateException if the segment was closed
   */
  void score(int[] rows, int count, float[] products) throws IOException;

  /** Releases what the scan holds; later calls do nothing. */
  @Override
  void close();
}
