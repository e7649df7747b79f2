package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.KnnFieldVectorsWriter;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.RamUsageEstimator;
import org.rapidin.scorer.ElementType;

/** Buffers one field's rows, already encoded, until the segment is flushed. */
final class GradientFieldWriter extends KnnFieldVectorsWriter<float[]> {
  private static final long SHALLOW_BYTES =
      RamUsageEstimator.shallowSizeOfInstance(GradientFieldWriter.class);

  private final FieldInfo field;
  private final ElementType elementType;
  private final DocsWithFieldSet docs = new DocsWithFieldSet();
  private final List<byte[]> rows = new ArrayList<>();
  private final long bytesOfARow;
  private int lastDoc = -1;

  GradientFieldWriter(FieldInfo field, ElementType elementType) {
    this.field = field;
    this.elementType = elementType;
    this.bytesOfARow =
        RamUsageEstimator.NUM_BYTES_OBJECT_REF
            + RamUsageEstimator.sizeOf(new byte[elementType.rowLength(field.getVectorDimension())]);
  }

  @Override
  public void addValue(int doc, float[] vector) {
    if (doc == lastDoc) {
      // Lucene's sentence: its test suite compares it.
      throw new IllegalArgumentException(
          "VectorValuesField \"%s\" appears more than once in this document (only one value is allowed per field)"
              .formatted(field.name));
    }
    rows.add(elementType.encode(vector));
    docs.add(doc);
    lastDoc = doc;
  }

  @Override
  public float[] copyValue(float[] vector) {
    return vector.clone();
  }

  /** Writes the rows in the order of documents. */
  void flush(Sorter.DocMap sortMap, RowsOutput output) throws IOException {
    if (sortMap == null) {
      write(docs, null, output);
      return;
    }
    int[] newToOld = new int[docs.cardinality()];
    DocsWithFieldSet sorted = new DocsWithFieldSet();
    KnnVectorsWriter.mapOldOrdToNewOrd(docs, sortMap, null, newToOld, sorted);
    write(sorted, newToOld, output);
  }

  private void write(DocsWithFieldSet order, int[] newToOld, RowsOutput output) throws IOException {
    DocIdSetIterator iterator = order.iterator();
    for (int ord = 0; ord < rows.size(); ord++) {
      output.add(iterator.nextDoc(), rows.get(newToOld == null ? ord : newToOld[ord]));
    }
  }

  FieldInfo field() {
    return field;
  }

  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + docs.ramBytesUsed() + rows.size() * bytesOfARow;
  }
}
