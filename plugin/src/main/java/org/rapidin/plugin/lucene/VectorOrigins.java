package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.util.BytesRef;

/**
 * Reads the {@link VectorOrigin} of the documents of one segment, in ascending order. Valid while
 * the reader is open; not for several threads.
 */
public final class VectorOrigins {
  private final SortedDocValues fingerprints;
  private final BinaryDocValues textDigests;

  private VectorOrigins(SortedDocValues fingerprints, BinaryDocValues textDigests) {
    this.fingerprints = fingerprints;
    this.textDigests = textDigests;
  }

  /**
   * Opens the origins of a vector field.
   *
   * @param field full name of the vector field
   */
  public static VectorOrigins open(LeafReader reader, String field) throws IOException {
    return new VectorOrigins(
        DocValues.getSorted(reader, VectorOrigin.fingerprintField(field)),
        DocValues.getBinary(reader, VectorOrigin.textDigestField(field)));
  }

  /**
   * Returns the origin of a document's vector.
   *
   * @param doc not before the document of an earlier call
   * @return empty if the document has no vector, or a version that did not record it wrote it
   */
  public Optional<VectorOrigin> of(int doc) throws IOException {
    if (!fingerprints.advanceExact(doc) || !textDigests.advanceExact(doc)) {
      return Optional.empty();
    }
    BytesRef digest = textDigests.binaryValue();
    return Optional.of(
        new VectorOrigin(
            fingerprints.lookupOrd(fingerprints.ordValue()).utf8ToString(),
            Arrays.copyOfRange(digest.bytes, digest.offset, digest.offset + digest.length)));
  }
}
