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
  private static final int MONOTONIC_BLOCK_SHIFT = 16;

  private final IndexOutput data;
  private final ElementType elementType;
  private final CodesOutput codes;
  private final long rowsOffset;
  private final ByteBuffersDataOutput scales = new ByteBuffersDataOutput();
  private final DocsWithFieldSet docs = new DocsWithFieldSet();

  /**
   * @param codes receives the codes of the same rows, or null
   */
  RowsOutput(IndexOutput data, ElementType elementType, CodesOutput codes) throws IOException {
    this.data = data;
    this.codes = codes;
    this.elementType = elementType;
    this.rowsOffset = data.alignFilePointer(GradientVectorsFormat.PAGE_BYTES);
  }

  @Override
  public void add(int doc, byte[] row) throws IOException {
    int valuesLength = row.length - ElementType.SCALE_BYTES;
    data.writeBytes(row, valuesLength);
    scales.writeBytes(row, valuesLength, ElementType.SCALE_BYTES);
    if (codes != null) {
      codes.add(row);
    }
    docs.add(doc);
  }

  /**
   * Writes scales, documents and the field's metadata.
   *
   * @return the codes of the rows, or null if there are none
   */
  WrittenCodes finish(IndexOutput meta, FieldInfo field, int maxDoc) throws IOException {
    long scalesOffset = data.alignFilePointer(GradientVectorsFormat.FLOATS_ALIGNMENT);
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
    CodeEntry written = codes == null ? null : codes.finish();
    CodeEntry.write(written, meta);
    return written == null ? null : new WrittenCodes(field, written, count);
  }

  /** What rows leave on the heap: their scales and documents. */
  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + scales.ramBytesUsed() + docs.ramBytesUsed();
  }
}
