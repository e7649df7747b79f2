package org.rapidin.scorer;

import java.io.IOException;
import java.util.List;

/** Computes exact inner products of queries with the rows of segments. Safe for many threads. */
public interface ScanEngine {
  /** The most queries of one scan. */
  int MAX_QUERIES = 16;

  /**
   * Begins to score rows of a segment. Cheap: a search opens one scan per range of documents.
   *
   * @param rows of an open segment, which stays open until the scan is closed or throws
   * @param queries 1 to {@link #MAX_QUERIES} vectors, float32, length K; not changed
   * @return for one thread; the caller closes it
   * @throws IllegalArgumentException if there are too few or too many queries, or one has another
   *     length
   */
  Scan open(SegmentRows rows, List<float[]> queries) throws IOException;

  /**
   * Checks the arguments of {@link #open}.
   *
   * @throws IllegalArgumentException as {@link #open}
   */
  static void check(SegmentRows rows, List<float[]> queries) {
    if (queries.isEmpty() || queries.size() > MAX_QUERIES) {
      throw new IllegalArgumentException(
          "a scan takes 1 to %s queries, got %s".formatted(MAX_QUERIES, queries.size()));
    }
    for (float[] query : queries) {
      RowMatrix.checkQuery(query, rows.dimension());
    }
  }
}
