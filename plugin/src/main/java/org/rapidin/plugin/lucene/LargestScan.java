package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;

/**
 * A scan for several queries at once that gives for each row the largest of their products, or the
 * smallest. A row is read once for up to {@link ScanEngine#MAX_QUERIES} queries. For one thread.
 */
final class LargestScan implements Scan {
  private final List<Scan> scans = new ArrayList<>();
  private final int queries;
  private final boolean smallest;
  private float[] products = {};

  private LargestScan(int queries, boolean smallest) {
    this.queries = queries;
    this.smallest = smallest;
  }

  /**
   * Begins to score rows.
   *
   * @param queries at least one, float32, length K; not changed
   * @param smallest whether the smallest product counts
   */
  static Scan open(ScanEngine engine, SegmentRows rows, List<float[]> queries, boolean smallest)
      throws IOException {
    LargestScan all = new LargestScan(queries.size(), smallest);
    try {
      for (int from = 0; from < queries.size(); from += ScanEngine.MAX_QUERIES) {
        int to = Math.min(queries.size(), from + ScanEngine.MAX_QUERIES);
        all.scans.add(engine.open(rows, queries.subList(from, to)));
      }
      return all;
    } catch (IOException | RuntimeException | Error e) {
      all.close();
      throw e;
    }
  }

  @Override
  public int preferredRows() {
    return scans.getFirst().preferredRows();
  }

  @Override
  public void score(int[] rows, int count, float[] largest) throws IOException {
    int most = Math.multiplyExact(count, Math.min(queries, ScanEngine.MAX_QUERIES));
    if (products.length < most) {
      products = new float[most];
    }
    for (int scan = 0; scan < scans.size(); scan++) {
      scans.get(scan).score(rows, count, products);
      int first = scan * ScanEngine.MAX_QUERIES;
      for (int q = first; q < Math.min(queries, first + ScanEngine.MAX_QUERIES); q++) {
        take((q - first) * count, count, q == 0, largest);
      }
    }
  }

  private void take(int from, int count, boolean first, float[] largest) {
    for (int i = 0; i < count; i++) {
      float product = products[from + i];
      if (first || (smallest ? product < largest[i] : product > largest[i])) {
        largest[i] = product;
      }
    }
  }

  @Override
  public void close() {
    scans.forEach(Scan::close);
  }
}
