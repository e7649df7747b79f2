package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.Bits;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;

/**
 * Scores a range of documents in blocks of as many rows as the scan prefers. One segment may have
 * several of these at once, each for ranges of its own.
 */
final class InfluenceBulkScorer extends BulkScorer {
  // The arrays of a block are 768 KiB then. A device computes this many rows of K = 65,536 in a few
  // milliseconds, which is hundreds of times what starting it costs.
  private static final int MAX_BLOCK_ROWS = 1 << 16;

  private final SegmentMatrix matrix;
  private final InfluenceWeight.Ranking ranking;
  private final ScanEngine engine;
  private final ScanLimit limit;
  private final DocIndexIterator iterator;
  private final Current current = new Current();
  private int[] docs = {};
  private int[] ords = {};
  private float[] products = {};

  InfluenceBulkScorer(
      SegmentMatrix matrix, InfluenceWeight.Ranking ranking, ScanEngine engine, ScanLimit limit) {
    this.matrix = matrix;
    this.ranking = ranking;
    this.engine = engine;
    this.limit = limit;
    this.iterator = matrix.iterator();
  }

  @Override
  public int score(LeafCollector collector, Bits acceptDocs, int min, int max) throws IOException {
    collector.setScorer(current);
    if (iterator.docID() < min) {
      iterator.advance(min);
    }
    if (iterator.docID() < max) {
      SegmentRows rows = new CheckedRows(matrix, limit::check);
      try (Scan scan = engine.open(rows, List.of(ranking.vector().values()))) {
        score(scan, collector, acceptDocs, max);
      }
    }
    return Math.max(iterator.docID(), max);
  }

  private void score(Scan scan, LeafCollector collector, Bits acceptDocs, int max)
      throws IOException {
    for (int count = fill(scan, acceptDocs, max); count > 0; count = fill(scan, acceptDocs, max)) {
      limit.check();
      try {
        scan.score(ords, count, products);
      } catch (IllegalStateException e) {
        throw SegmentMatrix.closed(e);
      }
      for (int i = 0; i < count; i++) {
        current.score = ranking.score(products[i]);
        collector.collect(docs[i]);
      }
    }
  }

  /** Takes the next accepted documents below max; 0 means that there are none. */
  private int fill(Scan scan, Bits acceptDocs, int max) throws IOException {
    int size = Math.min(scan.preferredRows(), MAX_BLOCK_ROWS);
    int count = 0;
    for (int doc = iterator.docID(); doc < max && count < size; doc = iterator.nextDoc()) {
      if (acceptDocs == null || acceptDocs.get(doc)) {
        makeRoom(count);
        docs[count] = doc;
        ords[count++] = iterator.index();
      }
    }
    return count;
  }

  /** Grows the arrays with the rows that come, because most ranges have fewer than a block. */
  private void makeRoom(int count) {
    if (count == docs.length) {
      docs = ArrayUtil.grow(docs, count + 1);
      ords = ArrayUtil.growExact(ords, docs.length);
      products = new float[docs.length];
    }
  }

  @Override
  public long cost() {
    return matrix.rows();
  }

  private static final class Current extends Scorable {
    private float score;

    @Override
    public float score() {
      return score;
    }
  }
}
