package org.rapidin.scorer.bits;

import java.io.IOException;
import java.util.List;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;

/** Estimates inner products of queries with the rows of segments. Safe for many threads. */
public interface CodeScanEngine {

  /**
   * Begins to estimate products of a segment's rows. Cheap, but for one pass over the centre per
   * query.
   *
   * @param codes of an open segment, which stays open until the scan is closed or throws
   * @param queries 1 to {@link ScanEngine#MAX_QUERIES}, prepared with the rotation of the codes
   * @return for one thread; gives {@link SignQuery#estimate}, the same bits from every engine; the
   *     caller closes it
   * @throws IllegalArgumentException if there are too few or too many queries, or one has another B
   *     or K
   */
  Scan open(SegmentCodes codes, List<SignQuery> queries) throws IOException;

  /**
   * Checks the arguments of {@link #open}.
   *
   * @throws IllegalArgumentException as {@link #open}
   */
  static void check(SegmentCodes codes, List<SignQuery> queries) {
    if (queries.isEmpty() || queries.size() > ScanEngine.MAX_QUERIES) {
      throw new IllegalArgumentException(
          "a scan takes 1 to %s queries, got %s".formatted(ScanEngine.MAX_QUERIES, queries.size()));
    }
    for (SignQuery query : queries) {
      if (query.bits() != codes.bits() || query.dimension() != codes.centre().length) {
        throw new IllegalArgumentException(
            "the codes have %s bits of dimension %s, the query has %s of %s"
                .formatted(codes.bits(), codes.centre().length, query.bits(), query.dimension()));
      }
    }
  }
}
