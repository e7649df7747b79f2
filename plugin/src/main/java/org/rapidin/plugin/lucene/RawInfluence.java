package org.rapidin.plugin.lucene;

import java.util.ArrayList;
import java.util.List;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.ScanEngine;

/**
 * The raw influence of single documents by a query: the product of their rows with its vector; of
 * several vectors the largest product, for opponents the smallest. For one thread.
 */
public final class RawInfluence {
  private final List<HitProducts> groups = new ArrayList<>();
  private final boolean smallest;

  /** Prepares the vectors of a query. */
  public RawInfluence(InfluenceQuery query) {
    List<float[]> vectors = query.vectors();
    for (int from = 0; from < vectors.size(); from += ScanEngine.MAX_QUERIES) {
      int to = Math.min(vectors.size(), from + ScanEngine.MAX_QUERIES);
      groups.add(new HitProducts(vectors.subList(from, to)));
    }
    this.smallest = query.score().opponents();
  }

  /** K. */
  int dimension() {
    return groups.getFirst().dimension();
  }

  /**
   * Computes the influence of one row.
   *
   * @param row a matrix of one row
   */
  double of(RowMatrix row) {
    double found = Double.NaN;
    for (HitProducts group : groups) {
      for (double product : group.of(row)[0]) {
        boolean better = smallest ? product < found : product > found;
        found = Double.isNaN(found) || better ? product : found;
      }
    }
    return found;
  }
}
