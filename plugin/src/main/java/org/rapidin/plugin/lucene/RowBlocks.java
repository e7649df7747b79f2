package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.Bits;
import org.rapidin.scorer.Scan;

/**
 * Steps through the documents of a segment in blocks of as many rows as a scan prefers, and scores
 * each block for one query. For one thread.
 */
final class RowBlocks {
  // The arrays of a block are 768 KiB then. A device computes this many rows of K = 65,536 in a few
  // milliseconds, which is hundreds of times what starting it costs.
  private static final int MAX_ROWS = 1 << 16;

  private final RankedRows rows;
  private final ScanLimit limit;
  private int[] docs = {};
  private int[] ords = {};
  private float[] products = {};

  RowBlocks(RankedRows rows, ScanLimit limit) {
    this.rows = rows;
    this.limit = limit;
  }

  /**
   * Scores the next block, from the documents' current position.
   *
   * @param acceptDocs which documents are scored, or null for all
   * @param max documents from here on are left
   * @return how many rows the block has; 0 means that there are none left below max
   */
  int next(Scan scan, Bits acceptDocs, int max) throws IOException {
    int count = fill(scan, acceptDocs, max);
    if (count > 0) {
      try {
        scan.score(ords, count, products);
      } catch (IllegalStateException e) {
        throw SegmentMatrix.closed(e);
      }
    }
    return count;
  }

  /** The document of row i of the block. */
  int doc(int i) {
    return docs[i];
  }

  /** The ordinal of row i of the block. */
  int ord(int i) {
    return ords[i];
  }

  /** What the scan computed for row i of the block. */
  float product(int i) {
    return products[i];
  }

  /** Checks the limit every few documents, because a filter may be slow. */
  private int fill(Scan scan, Bits acceptDocs, int max) throws IOException {
    int size = Math.min(scan.preferredRows(), MAX_ROWS);
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
}
