package org.rapidin.benchmarks.scan;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.bits.CodeMatrix;
import org.rapidin.scorer.bits.SegmentCodes;

/** Sign bits and factors in memory outside of the heap. */
public record MappedCodes(CodeMatrix matrix, float[] centre) implements SegmentCodes {
  /**
   * Takes bytes of rows for sign bits: what they stand for does not matter to a scan.
   *
   * @param bytes of the rows, at least B/8 for each of n codes
   * @param dimension K and B
   */
  public static MappedCodes of(MemorySegment bytes, int dimension) {
    long stride = dimension / Byte.SIZE;
    int rows = Math.toIntExact(bytes.byteSize() / stride);
    return new MappedCodes(
        CodeMatrix.of(bytes, stride, bytes, rows, dimension), new float[dimension]);
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int bits() {
    return matrix.bits();
  }

  @Override
  public float[] centre() {
    return centre;
  }

  @Override
  public Optional<CodeMatrix> mapped() {
    return Optional.of(matrix);
  }

  @Override
  public void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors) {
    matrix.read(first, count, bits, stride, factors);
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.empty();
  }
}
