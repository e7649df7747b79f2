package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A matrix as the rows of a segment.
 *
 * @param matrix the rows
 * @param inPlace whether they may be scored where they are
 */
record MatrixRows(RowMatrix matrix, boolean inPlace) implements SegmentRows {
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
    return inPlace ? List.of(new RowPiece(0, matrix)) : List.of();
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
