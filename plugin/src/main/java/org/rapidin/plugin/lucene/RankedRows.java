package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.search.ConjunctionUtils;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScorerSupplier;

/**
 * The documents of a segment that a query ranks, with their rows. For one thread.
 *
 * @param matrix the rows
 * @param docs documents with a row that pass the filter
 * @param rows the same position; its index is the row's ordinal
 */
record RankedRows(SegmentMatrix matrix, DocIdSetIterator docs, DocIndexIterator rows) {

  /**
   * Begins before the first document.
   *
   * @param filter what documents must match, or null
   * @param leadCost how many documents the caller will ask for
   */
  static RankedRows of(SegmentMatrix matrix, ScorerSupplier filter, long leadCost)
      throws IOException {
    DocIndexIterator rows = matrix.iterator();
    if (filter == null) {
      return new RankedRows(matrix, rows, rows);
    }
    DocIdSetIterator accepted = filter.get(Math.min(leadCost, cost(matrix, filter))).iterator();
    return new RankedRows(
        matrix, ConjunctionUtils.intersectIterators(List.of(rows, accepted)), rows);
  }

  /** The most documents that there can be. */
  static long cost(SegmentMatrix matrix, ScorerSupplier filter) {
    return filter == null ? matrix.rows() : Math.min(matrix.rows(), filter.cost());
  }
}
