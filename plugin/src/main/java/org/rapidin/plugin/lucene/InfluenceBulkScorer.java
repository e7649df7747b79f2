package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.util.Bits;

/**
 * Scores a range of documents in chunks of rows that lie together. One segment may have several of
 * these at once, each for ranges of its own.
 */
final class InfluenceBulkScorer extends BulkScorer {
  private final SegmentMatrix matrix;
  private final InfluenceWeight.Scan scan;
  private final DocIndexIterator iterator;
  private final int[] docs = new int[ScanLimit.ROWS];
  private final int[] ords = new int[ScanLimit.ROWS];
  private final float[] products = new float[ScanLimit.ROWS];
  private final Current current = new Current();

  InfluenceBulkScorer(SegmentMatrix matrix, InfluenceWeight.Scan scan) {
    this.matrix = matrix;
    this.scan = scan;
    this.iterator = matrix.iterator();
  }

  @Override
  public int score(LeafCollector collector, Bits acceptDocs, int min, int max) throws IOException {
    collector.setScorer(current);
    if (iterator.docID() < min) {
      iterator.advance(min);
    }
    for (int count = fill(acceptDocs, max); count > 0; count = fill(acceptDocs, max)) {
      scan.limit().check();
      matrix.score(scan.scorer(), ords, count, scan.vector().values(), products);
      for (int i = 0; i < count; i++) {
        current.score = scan.score(products[i]);
        collector.collect(docs[i]);
      }
    }
    return Math.max(iterator.docID(), max);
  }

  /** Takes the next accepted documents below max; 0 means that there are none. */
  private int fill(Bits acceptDocs, int max) throws IOException {
    int count = 0;
    for (int doc = iterator.docID();
        doc < max && count < ScanLimit.ROWS;
        doc = iterator.nextDoc()) {
      if (acceptDocs == null || acceptDocs.get(doc)) {
        docs[count] = doc;
        ords[count++] = iterator.index();
      }
    }
    return count;
  }

  @Override
  public long cost() {
    return matrix.size();
  }

  private static final class Current extends Scorable {
    private float score;

    @Override
    public float score() {
      return score;
    }
  }
}
