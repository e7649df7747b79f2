package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
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
  private final DocIndexIterator iterator;
  private final int[] ord = new int[1];
  private final float[] product = new float[1];
  private int scoredDoc = -1;
  private float score;
  private int rows;

  InfluenceScorer(SegmentMatrix matrix, InfluenceWeight.Ranking ranking, ScanLimit limit) {
    this.ranking = ranking;
    this.limit = limit;
    // Never closed: scorers cannot be, and scans on the CPU hold nothing.
    this.scan = new CpuScanEngine().open(matrix, List.of(ranking.vector().values()));
    this.iterator = matrix.iterator();
  }

  @Override
  public float score() throws IOException {
    // Several collectors may ask for the same document.
    if (scoredDoc != iterator.docID()) {
      if (rows++ % ScanLimit.ROWS == 0) {
        limit.check();
      }
      ord[0] = iterator.index();
      try {
        scan.score(ord, 1, product);
      } catch (IllegalStateException e) {
        throw SegmentMatrix.closed(e);
      }
      score = ranking.score(product[0]);
      scoredDoc = iterator.docID();
    }
    return score;
  }

  @Override
  public float getMaxScore(int upTo) {
    return ranking.maxScore();
  }

  @Override
  public DocIdSetIterator iterator() {
    return iterator;
  }

  @Override
  public int docID() {
    return iterator.docID();
  }
}
