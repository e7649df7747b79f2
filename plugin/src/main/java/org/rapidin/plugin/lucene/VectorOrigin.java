package org.rapidin.plugin.lucene;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;

/**
 * Which attributor made a row, and from which text. Stored with the document as doc values: the
 * fingerprint in a sorted field, whose dictionary holds it once per segment, and the digest in a
 * binary field. Merges keep both. Segments of versions that did not record them have neither.
 *
 * @param fingerprint of the attributor, or {@link #FOREIGN}
 * @param textDigest {@link org.rapidin.attribution.Sample#digest}; empty where the text is not
 *     known; not to be changed
 */
public record VectorOrigin(String fingerprint, byte[] textDigest) {
  /** In place of a fingerprint: a vector that a user brought. */
  public static final String FOREIGN = "foreign";

  public VectorOrigin {
    Objects.requireNonNull(fingerprint, "fingerprint");
    Objects.requireNonNull(textDigest, "textDigest");
  }

  /** The origin of a vector that a user brought. */
  public static VectorOrigin foreign() {
    return new VectorOrigin(FOREIGN, new byte[0]);
  }

  /** Whether a user brought the vector. */
  public boolean isForeign() {
    return fingerprint.equals(FOREIGN);
  }

  /**
   * Returns the fields to store with a document.
   *
   * @param field full name of the vector field
   */
  public List<IndexableField> fields(String field) {
    return List.of(
        new SortedDocValuesField(fingerprintField(field), new BytesRef(fingerprint)),
        new BinaryDocValuesField(textDigestField(field), new BytesRef(textDigest)));
  }

  static String fingerprintField(String field) {
    return "_rapidin.fingerprint." + field;
  }

  static String textDigestField(String field) {
    return "_rapidin.text_digest." + field;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VectorOrigin that
        && fingerprint.equals(that.fingerprint)
        && Arrays.equals(textDigest, that.textDigest);
  }

  @Override
  public int hashCode() {
    return 31 * fingerprint.hashCode() + Arrays.hashCode(textDigest);
  }
}
