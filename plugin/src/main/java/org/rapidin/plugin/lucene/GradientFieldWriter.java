package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.util.RamUsageEstimator;
import org.rapidin.scorer.ElementType;

/** Encodes one field's vectors and writes their rows as they arrive. */
final class GradientFieldWriter extends KnnFieldVectorsWriter<float[]> {
  private static final long SHALLOW_BYTES =
      RamUsageEstimator.shallowSizeOfInstance(GradientFieldWriter.class);

  private final FieldInfo field;
  private final ElementType elementType;
  private final RowSink rows;
  private final CentreSum centre;
  private int lastDoc = -1;
  private Throwable fault;

  /**
   * @param centre sums the vectors, or null if their mean is not needed
   */
  GradientFieldWriter(FieldInfo field, ElementType elementType, RowSink rows, CentreSum centre) {
    this.centre = centre;
    this.field = field;
    this.elementType = elementType;
    this.rows = rows;
  }

  @Override
  public void addValue(int doc, float[] vector) throws IOException {
    if (doc == lastDoc) {
      // Lucene's sentence: its test suite compares it.
      throw new IllegalArgumentException(
          "VectorValuesField \"%s\" appears more than once in this document (only one value is allowed per field)"
              .formatted(field.name));
    }
    byte[] row = elementType.encode(vector);
    requireWhole();
    try {
      rows.add(doc, row);
    } catch (Throwable t) {
      fault = t;
      throw t;
    }
    if (centre != null) {
      centre.add(vector, 1);
    }
    lastDoc = doc;
  }

  /**
   * Checks that every row was written. After a fault there may be a part of a row in the file, but
   * Lucene fails the document alone and goes on: the documents that follow fail too, and so does
   * the segment.
   */
  void requireWhole() throws IOException {
    if (fault != null) {
      throw new IOException(
          "field [%s]: an earlier row of this segment could not be written".formatted(field.name),
          fault);
    }
  }

  @Override
  public float[] copyValue(float[] vector) {
    return vector.clone();
  }

  FieldInfo field() {
    return field;
  }

  RowSink rows() {
    return rows;
  }

  /** The mean of the vectors, float32, length K. */
  float[] centre() {
    return centre.mean();
  }

  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + rows.ramBytesUsed() + (centre == null ? 0 : centre.bytes());
  }
}
