package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MemorySegmentAccessInput;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SegmentCodes;

/** The codes of one field of one segment, as .rgc has them. Valid while the reader is open. */
final class StoredCodes implements SegmentCodes {
  private final CodeEntry entry;
  private final int rows;
  private final float[] centre;
  private final IndexInput bits;
  private final IndexInput factors;
  private final CodeMatrix mapped;
  private final SegmentKey key;

  private StoredCodes(CodeEntry entry, int rows, float[] centre, IndexInput file, SegmentKey key)
      throws IOException {
    this.entry = entry;
    this.rows = rows;
    this.centre = centre;
    this.bits = file.slice("codes", entry.bitsOffset(), entry.bitsLength(rows));
    this.factors = file.slice("factors", entry.factorsOffset(), CodeEntry.floatsLength(rows));
    this.mapped = mapOrNull();
    this.key = key;
  }

  /**
   * Opens codes, and reads the centre.
   *
   * @param rows n
   * @param dimension K
   * @param file .rgc
   * @param key of the codes, or null
   */
  static StoredCodes open(CodeEntry entry, int rows, int dimension, IndexInput file, SegmentKey key)
      throws IOException {
    return new StoredCodes(entry, rows, centre(entry, dimension, file), file, key);
  }

  /** Reads the centre, float32, length K, new. */
  static float[] centre(CodeEntry entry, int dimension, IndexInput file) throws IOException {
    float[] centre = new float[dimension];
    IndexInput input =
        file.slice("centre", entry.centreOffset(), CodeEntry.floatsLength(dimension));
    input.readFloats(centre, 0, dimension);
    return centre;
  }

  private CodeMatrix mapOrNull() throws IOException {
    if (bits instanceof MemorySegmentAccessInput mappedBits
        && factors instanceof MemorySegmentAccessInput mappedFactors) {
      MemorySegment segment = mappedBits.segmentSliceOrNull(0, bits.length());
      MemorySegment floats = mappedFactors.segmentSliceOrNull(0, factors.length());
      if (segment != null && floats != null) {
        return CodeMatrix.of(segment, bytesOfARow(), floats, rows, entry.bits());
      }
    }
    return null;
  }

  private int bytesOfARow() {
    return entry.bits() / Byte.SIZE;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int bits() {
    return entry.bits();
  }

  @Override
  public float[] centre() {
    return centre;
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return Optional.ofNullable(mapped);
  }

  @Override
  public void read(int first, int count, MemorySegment target, long stride, MemorySegment floats)
      throws IOException {
    if (mapped != null) {
      mapped.read(first, count, target, stride, floats);
      return;
    }
    byte[] row = new byte[bytesOfARow()];
    IndexInput from = bits.clone();
    from.seek((long) first * row.length);
    for (int i = 0; i < count; i++) {
      from.readBytes(row, 0, row.length);
      MemorySegment.copy(MemorySegment.ofArray(row), 0, target, i * stride, row.length);
    }
    byte[] numbers = new byte[count * Float.BYTES];
    IndexInput fromFactors = factors.clone();
    fromFactors.seek((long) first * Float.BYTES);
    fromFactors.readBytes(numbers, 0, numbers.length);
    MemorySegment.copy(MemorySegment.ofArray(numbers), 0, floats, 0, numbers.length);
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.ofNullable(key);
  }
}
