package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;

/**
 * Scores one document at a time, when it is asked: for conjunctions, which skip most. On the CPU,
 * because a device takes longer to start than one row takes.
 */
final class InfluenceScorer extends Scorer {
  private final InfluenceWeight.Ranking ranking;
  private final ScanLimit limit;
  private final Scan scan;
  private final RankedRows rows;
  private final RowMeasures measures;
  private final int[] ord = new int[1];
  private final float[] product = new float[1];
  private int scoredDoc = -1;
  private float score;
  private int scored;

  InfluenceScorer(RankedRows rows, InfluenceWeight.Ranking ranking, ScanLimit limit)
      throws IOException {
    this.ranking = ranking;
    this.limit = limit;
    // Never closed: scorers cannot be, and scans on the CPU hold nothing.
    this.scan = ranking.open(new CpuScanEngine(), rows.matrix());
    this.rows = rows;
    this.measures = ranking.measures(rows.matrix(), limit);
  }

  @Override
  public float score() throws IOException {
    // Several collectors may ask for the same document.
    if (scoredDoc != docID()) {
      if (scored++ % ScanLimit.ROWS == 0) {
        limit.check();
      }
      ord[0] = rows.rows().index();
      try {
        scan.score(ord, 1, product);
      } catch (IllegalStateException e) {
        throw SegmentMatrix.closed(e);
      }
      score = ranking.score(measures.divided(product[0], ord[0]));
      scoredDoc = docID();
    }
    return score;
  }

  @Override
  public float getMaxScore(int upTo) {
    return ranking.maxScore();
  }

  @Override
  public DocIdSetIterator iterator() {
    return rows.docs();
  }

  @Override
  public int docID() {
    return rows.docs().docID();
  }
}
