package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.util.Bits;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;

/**
 * Scores a range of documents in blocks of as many rows as the scan prefers. One segment may have
 * several of these at once, each for its own ranges.
 */
final class InfluenceBulkScorer extends BulkScorer {
  private final RankedRows rows;
  private final InfluenceWeight.Ranking ranking;
  private final ScanEngine engine;
  private final ScanLimit limit;
  private final RowBlocks blocks;
  private final RowMeasures measures;
  private final Current current = new Current();

  InfluenceBulkScorer(
      RankedRows rows, InfluenceWeight.Ranking ranking, ScanEngine engine, ScanLimit limit)
      throws IOException {
    this.rows = rows;
    this.ranking = ranking;
    this.engine = engine;
    this.limit = limit;
    this.blocks = new RowBlocks(rows, limit);
    this.measures = ranking.measures(rows.matrix(), limit);
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
      try (Scan scan = ranking.open(engine, checked)) {
        score(scan, collector, acceptDocs, max);
      }
    }
    return Math.max(iterator.docID(), max);
  }

  private void score(Scan scan, LeafCollector collector, Bits acceptDocs, int max)
      throws IOException {
    for (int count = blocks.next(scan, acceptDocs, max);
        count > 0;
        count = blocks.next(scan, acceptDocs, max)) {
      for (int i = 0; i < count; i++) {
        current.score = ranking.score(measures.divided(blocks.product(i), blocks.ord(i)));
        collector.collect(blocks.doc(i));
      }
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
