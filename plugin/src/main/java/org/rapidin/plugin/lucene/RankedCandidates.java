package org.rapidin.plugin.lucene;

import java.util.Arrays;
import org.apache.lucene.search.DocIdSetIterator;

/**
 * The documents of one segment that a query in candidates mode matches.
 *
 * @param docs ids in the segment, ascending
 * @param scores of the same documents
 */
record RankedCandidates(int[] docs, float[] scores) {

  /** Returns the position of a document, or a negative number if it does not match. */
  int find(int doc) {
    return Arrays.binarySearch(docs, doc);
  }

  /** A new iterator before the first document. */
  Iterator iterator() {
    return new Iterator();
  }

  /** Steps through the documents. */
  final class Iterator extends DocIdSetIterator {
    private int position = -1;

    @Override
    public int docID() {
      if (position < 0) {
        return -1;
      }
      return position < docs.length ? docs[position] : NO_MORE_DOCS;
    }

    /** The score of the current document. */
    float score() {
      return scores[position];
    }

    @Override
    public int nextDoc() {
      position++;
      return docID();
    }

    @Override
    public int advance(int target) {
      int found = Arrays.binarySearch(docs, Math.max(0, position), docs.length, target);
      position = found < 0 ? -1 - found : found;
      return docID();
    }

    @Override
    public long cost() {
      return docs.length;
    }
  }
}
