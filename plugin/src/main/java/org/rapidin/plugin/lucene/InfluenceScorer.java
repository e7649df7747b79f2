package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;

/** Scores one document at a time, when it is asked: for conjunctions, which skip most. */
final class InfluenceScorer extends Scorer {
  private final SegmentMatrix matrix;
  private final InfluenceWeight.Scan scan;
  private final DocIndexIterator iterator;
  private final int[] ord = new int[1];
  private final float[] product = new float[1];
  private int scoredDoc = -1;
  private float score;
  private int rows;

  InfluenceScorer(SegmentMatrix matrix, InfluenceWeight.Scan scan) {
    this.matrix = matrix;
    this.scan = scan;
    this.iterator = matrix.iterator();
  }

  @Override
  public float score() throws IOException {
    // Several collectors may ask for the same document.
    if (scoredDoc != iterator.docID()) {
      if (rows++ % ScanLimit.ROWS == 0) {
        scan.limit().check();
      }
      ord[0] = iterator.index();
      matrix.score(scan.scorer(), ord, 1, scan.vector().values(), product);
      score = scan.score(product[0]);
      scoredDoc = iterator.docID();
    }
    return score;
  }

  @Override
  public float getMaxScore(int upTo) {
    return scan.maxScore();
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
