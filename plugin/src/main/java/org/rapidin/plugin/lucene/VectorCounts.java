package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/**
 * How many live documents of an index have a vector in a field, by who made it.
 *
 * @param missing documents without a vector
 * @param current vectors of the fingerprint asked for
 * @param stale vectors of another fingerprint
 * @param foreign vectors that users brought
 * @param unrecorded vectors of versions that did not record the fingerprint
 */
public record VectorCounts(long missing, long current, long stale, long foreign, long unrecorded) {
  /** No documents. */
  public static final VectorCounts NONE = new VectorCounts(0, 0, 0, 0, 0);

  /**
   * Counts the documents of a reader, in one pass over the documents with a vector.
   *
   * @param documents live documents that could have a vector
   * @param field full name of the vector field
   * @param fingerprint that counts as current
   */
  public static VectorCounts of(
      IndexReader reader, long documents, String field, String fingerprint) throws IOException {
    VectorCounts made = NONE;
    for (LeafReaderContext leaf : reader.leaves()) {
      made = made.plus(of(leaf.reader(), field, fingerprint));
    }
    long with = made.current + made.stale + made.foreign + made.unrecorded;
    return made.plus(new VectorCounts(documents - with, 0, 0, 0, 0));
  }

  private static VectorCounts of(LeafReader reader, String field, String fingerprint)
      throws IOException {
    FloatVectorValues values = reader.getFloatVectorValues(field);
    if (values == null) {
      return NONE;
    }
    SortedDocValues made = DocValues.getSorted(reader, VectorOrigin.fingerprintField(field));
    int currentOrd = made.lookupTerm(new BytesRef(fingerprint));
    int foreignOrd = made.lookupTerm(new BytesRef(VectorOrigin.FOREIGN));
    Bits live = reader.getLiveDocs();
    DocIndexIterator docs = values.iterator();
    long current = 0;
    long stale = 0;
    long foreign = 0;
    long unrecorded = 0;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (live != null && !live.get(doc)) {
        continue;
      }
      if (!made.advanceExact(doc)) {
        unrecorded++;
      } else if (made.ordValue() == currentOrd) {
        current++;
      } else if (made.ordValue() == foreignOrd) {
        foreign++;
      } else {
        stale++;
      }
    }
    return new VectorCounts(0, current, stale, foreign, unrecorded);
  }

  /** Returns the sums. */
  public VectorCounts plus(VectorCounts other) {
    return new VectorCounts(
        missing + other.missing,
        current + other.current,
        stale + other.stale,
        foreign + other.foreign,
        unrecorded + other.unrecorded);
  }
}
