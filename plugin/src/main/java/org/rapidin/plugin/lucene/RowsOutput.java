package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.codecs.lucene95.OrdToDocDISIReaderConfiguration;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.RamUsageEstimator;
import org.rapidin.scorer.ElementType;

/**
 * Writes the rows of one field in their final order, one after another, and remembers what the
 * metadata must say. Nothing else is written to the file between the first row and {@link #finish}.
 */
final class RowsOutput implements RowSink {
  private static final long SHALLOW_BYTES =
      RamUsageEstimator.shallowSizeOfInstance(RowsOutput.class);
  private static final int SCALES_ALIGNMENT = 64;
  private static final int MONOTONIC_BLOCK_SHIFT = 16;

  private final IndexOutput data;
  private final ElementType elementType;
  private final long rowsOffset;
  private final ByteBuffersDataOutput scales = new ByteBuffersDataOutput();
  private final DocsWithFieldSet docs = new DocsWithFieldSet();

  RowsOutput(IndexOutput data, ElementType elementType) throws IOException {
    this.data = data;
    this.elementType = elementType;
    this.rowsOffset = data.alignFilePointer(GradientVectorsFormat.PAGE_BYTES);
  }

  @Override
  public void add(int doc, byte[] row) throws IOException {
    int valuesLength = row.length - ElementType.SCALE_BYTES;
    data.writeBytes(row, valuesLength);
    scales.writeBytes(row, valuesLength, ElementType.SCALE_BYTES);
    docs.add(doc);
  }

  /** Writes scales, documents and the field's metadata. */
  void finish(IndexOutput meta, FieldInfo field, int maxDoc) throws IOException {
    long scalesOffset = data.alignFilePointer(SCALES_ALIGNMENT);
    scales.copyTo(data);
    int count = docs.cardinality();
    new FieldEntry.Header(
            field.number,
            field.getVectorSimilarityFunction(),
            elementType,
            field.getVectorDimension(),
            count,
            rowsOffset,
            scalesOffset)
        .write(meta);
    OrdToDocDISIReaderConfiguration.writeStoredMeta(
        MONOTONIC_BLOCK_SHIFT, meta, data, count, maxDoc, docs);
  }

  /** What rows leave on the heap: their scales and documents. */
  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + scales.ramBytesUsed() + docs.ramBytesUsed();
  }
}
