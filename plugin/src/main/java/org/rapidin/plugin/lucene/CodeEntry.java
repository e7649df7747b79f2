package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/**
 * Where the codes of one field are in .rgc; see {@link GradientVectorsFormat}.
 *
 * @param bits B
 * @param bitsOffset of the rows of B/8 bytes
 * @param factorsOffset of the n factors
 * @param errorsOffset of the n errors
 * @param centreOffset of the K numbers of the centre
 */
record CodeEntry(
    int bits, long bitsOffset, long factorsOffset, long errorsOffset, long centreOffset) {
  /** Rows of which a segment has no codes: it is scored exactly, and the centre would be larger. */
  static final int FEW_ROWS = 64;

  private static final int NO_BITS = 0;

  /**
   * @param entry null if the field has no codes
   */
  static void write(CodeEntry entry, IndexOutput meta) throws IOException {
    if (entry == null) {
      meta.writeVInt(NO_BITS);
      return;
    }
    meta.writeVInt(entry.bits);
    meta.writeVLong(entry.bitsOffset);
    meta.writeVLong(entry.factorsOffset);
    meta.writeVLong(entry.errorsOffset);
    meta.writeVLong(entry.centreOffset);
  }

  /** Returns null if the field has no codes. */
  static CodeEntry read(IndexInput meta) throws IOException {
    int bits = meta.readVInt();
    return bits == NO_BITS
        ? null
        : new CodeEntry(
            bits, meta.readVLong(), meta.readVLong(), meta.readVLong(), meta.readVLong());
  }

  /** Whether the parts follow each other as they are written. */
  boolean isPossible(int dimension, int count) {
    return bits > 0
        && bits <= dimension
        && bits % Long.SIZE == 0
        && bitsOffset % GradientVectorsFormat.PAGE_BYTES == 0
        && FieldEntry.follows(factorsOffset, bitsOffset, bitsLength(count))
        && FieldEntry.follows(errorsOffset, factorsOffset, floatsLength(count))
        && FieldEntry.follows(centreOffset, errorsOffset, floatsLength(count));
  }

  long bitsLength(int count) {
    return (long) count * (bits / Byte.SIZE);
  }

  static long floatsLength(int count) {
    return (long) count * Float.BYTES;
  }

  /** All bytes of the codes. */
  long length(int dimension, int count) {
    return bitsLength(count) + 2 * floatsLength(count) + floatsLength(dimension);
  }
}
