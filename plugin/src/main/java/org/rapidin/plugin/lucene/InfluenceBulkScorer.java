package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DocIdSetIterator;
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

  private final RankedRows rows;
  private final InfluenceWeight.Ranking ranking;
  private final ScanEngine engine;
  private final ScanLimit limit;
  private final Current current = new Current();
  private int[] docs = {};
  private int[] ords = {};
  private float[] products = {};

  InfluenceBulkScorer(
      RankedRows rows, InfluenceWeight.Ranking ranking, ScanEngine engine, ScanLimit limit) {
    this.rows = rows;
    this.ranking = ranking;
    this.engine = engine;
    this.limit = limit;
  }

  @Override
  public int score(LeafCollector collector, Bits acceptDocs, int min, int max) throws IOException {
    collector.setScorer(current);
    DocIdSetIterator iterator = rows.docs();
    if (iterator.docID() < min) {
      iterator.advance(min);
    }
    if (iterator.docID() < max) {
      SegmentRows checked = new CheckedRows(rows.matrix(), limit::check);
      try (Scan scan = engine.open(checked, List.of(ranking.vector().values()))) {
        score(scan, collector, acceptDocs, max);
      }
    }
    return Math.max(iterator.docID(), max);
  }

  private void score(Scan scan, LeafCollector collector, Bits acceptDocs, int max)
      throws IOException {
    for (int count = fill(scan, acceptDocs, max); count > 0; count = fill(scan, acceptDocs, max)) {
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

  /**
   * Takes the next accepted documents below max; 0 means that there are none. Checks the limit
   * every few documents, because a filter may be slow.
   */
  private int fill(Scan scan, Bits acceptDocs, int max) throws IOException {
    int size = Math.min(scan.preferredRows(), MAX_BLOCK_ROWS);
    int count = 0;
    DocIdSetIterator iterator = rows.docs();
    for (int doc = iterator.docID(); doc < max && count < size; doc = iterator.nextDoc()) {
      if (acceptDocs == null || acceptDocs.get(doc)) {
        if (count % ScanLimit.ROWS == 0) {
          limit.check();
        }
        makeRoom(count);
        docs[count] = doc;
        ords[count++] = rows.rows().index();
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
    return rows.docs().cost();
  }

  private static final class Current extends Scorable {
    private float score;

    @Override
    public float score() {
      return score;
    }
  }
}
