package org.rapidin.plugin.lucene;

import java.util.ArrayList;
import java.util.Arrays;
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
    this(query.vectors(), query.score().opponents());
  }

  /**
   * Prepares vectors.
   *
   * @param vectors at least one, of one length K, finite; not changed
   * @param smallest whether of several products the smallest counts
   */
  public RawInfluence(List<float[]> vectors, boolean smallest) {
    for (int from = 0; from < vectors.size(); from += ScanEngine.MAX_QUERIES) {
      int to = Math.min(vectors.size(), from + ScanEngine.MAX_QUERIES);
      groups.add(new HitProducts(vectors.subList(from, to)));
    }
    this.smallest = smallest;
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
    return all(row)[0];
  }

  /**
   * Computes the influences of some rows.
   *
   * @param rows n rows of dimension K
   * @return n numbers
   */
  public double[] all(RowMatrix rows) {
    double[] found = new double[rows.rows()];
    Arrays.fill(found, Double.NaN);
    for (HitProducts group : groups) {
      double[][] products = group.of(rows);
      for (int row = 0; row < found.length; row++) {
        for (double product : products[row]) {
          boolean better = smallest ? product < found[row] : product > found[row];
          found[row] = Double.isNaN(found[row]) || better ? product : found[row];
        }
      }
    }
    return found;
  }
}
