package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.io.IOException;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocsWithFieldSet;
import org.apache.lucene.index.Sorter;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.RamUsageEstimator;

/**
 * Rows of one field in a temporary file, in the order in which they arrived, each followed by its
 * scale and a checksum of both, which is verified when the row is copied. The file is deleted when
 * its rows were copied, or when this is closed.
 */
final class TemporaryRows implements RowSink, Closeable {
  private static final long SHALLOW_BYTES =
      RamUsageEstimator.shallowSizeOfInstance(TemporaryRows.class);
  private static final String SUFFIX = "rows";

  private final Directory directory;
  private final int rowLength;
  private final IndexOutput output;
  private final CRC32 crc = new CRC32();
  private final DocsWithFieldSet docs = new DocsWithFieldSet();
  private boolean deleted;

  /**
   * @param directory of the segment
   * @param prefix of the file's name
   * @param rowLength bytes of a row with its scale
   */
  TemporaryRows(Directory directory, String prefix, int rowLength, IOContext context)
      throws IOException {
    this.directory = directory;
    this.rowLength = rowLength;
    this.output = directory.createTempOutput(prefix, SUFFIX, context);
  }

  @Override
  public void add(int doc, byte[] row) throws IOException {
    output.writeBytes(row, rowLength);
    output.writeInt(checksum(row));
    docs.add(doc);
  }

  private int checksum(byte[] row) {
    crc.reset();
    crc.update(row, 0, rowLength);
    return (int) crc.getValue();
  }

  /** How many rows were added. */
  int count() {
    return docs.cardinality();
  }

  /**
   * Copies all rows in the order of documents and deletes the file. Nothing can be added then.
   *
   * @param sortMap null if documents stay in the order in which they arrived
   * @throws CorruptIndexException if the file is not as it was written
   */
  void copyTo(RowsOutput target, Sorter.DocMap sortMap) throws IOException {
    CodecUtil.writeFooter(output);
    output.close();
    try (IndexInput input = directory.openInput(output.getName(), IOContext.DEFAULT)) {
      // A cut-off file shows here; what is read, in the checksums of the rows.
      CodecUtil.retrieveChecksum(input, offset(docs.cardinality()) + CodecUtil.footerLength());
      if (sortMap == null) {
        copy(input, docs, null, target);
      } else {
        int[] newToOld = new int[docs.cardinality()];
        DocsWithFieldSet sorted = new DocsWithFieldSet();
        KnnVectorsWriter.mapOldOrdToNewOrd(docs, sortMap, null, newToOld, sorted);
        copy(input, sorted, newToOld, target);
      }
    }
    directory.deleteFile(output.getName());
    deleted = true;
  }

  private void copy(IndexInput input, DocsWithFieldSet order, int[] newToOld, RowsOutput target)
      throws IOException {
    byte[] row = new byte[rowLength];
    DocIdSetIterator iterator = order.iterator();
    for (int ord = 0; ord < order.cardinality(); ord++) {
      int arrived = newToOld == null ? ord : newToOld[ord];
      input.seek(offset(arrived));
      input.readBytes(row, 0, rowLength);
      if (input.readInt() != checksum(row)) {
        throw new CorruptIndexException(
            "row %s is not as it was written".formatted(arrived), input);
      }
      target.add(iterator.nextDoc(), row);
    }
  }

  private long offset(int ord) {
    return (long) ord * (rowLength + Integer.BYTES);
  }

  @Override
  public long ramBytesUsed() {
    return SHALLOW_BYTES + docs.ramBytesUsed();
  }

  /** Deletes the file, if that was not done. */
  @Override
  public void close() throws IOException {
    try {
      output.close();
    } finally {
      if (!deleted) {
        deleted = true;
        IOUtils.deleteFilesIgnoringExceptions(directory, output.getName());
      }
    }
  }
}
