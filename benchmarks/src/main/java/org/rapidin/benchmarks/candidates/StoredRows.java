package org.rapidin.benchmarks.candidates;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** Half-precision rows in native memory, as a segment has them. */
public record StoredRows(RowMatrix matrix) implements SegmentRows {
  private static final int ALIGNMENT = 64;

  /**
   * Stores vectors.
   *
   * @param vectors of one length
   * @param count rows; vectors are repeated as needed
   */
  public static StoredRows of(List<float[]> vectors, int count, Arena arena) {
    int dimension = vectors.getFirst().length;
    int length = ElementType.FLOAT16.valuesLength(dimension);
    MemorySegment values = arena.allocate((long) length * count, ALIGNMENT);
    MemorySegment scales = arena.allocate((long) ElementType.SCALE_BYTES * count, ALIGNMENT);
    for (int i = 0; i < count; i++) {
      byte[] encoded = ElementType.FLOAT16.encode(vectors.get(i % vectors.size()));
      MemorySegment row = MemorySegment.ofArray(encoded);
      MemorySegment.copy(row, 0, values, (long) i * length, length);
      MemorySegment.copy(
          row, length, scales, (long) i * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
    return new StoredRows(new RowMatrix(values, scales, ElementType.FLOAT16, count, dimension));
  }

  @Override
  public ElementType elementType() {
    return matrix.elementType();
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int dimension() {
    return matrix.dimension();
  }

  @Override
  public List<RowPiece> mapped() {
    return List.of(new RowPiece(0, matrix));
  }

  @Override
  public void read(
      int first, int count, MemorySegment values, long valuesStride, MemorySegment scales) {
    matrix.read(first, count, values, valuesStride, scales);
  }

  @Override
  public Optional<SegmentKey> key() {
    return Optional.empty();
  }
}
