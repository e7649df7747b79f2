package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/**
 * Rows that are copied and scored only while the search waits for them: a copy of gigabytes to a
 * device, or a block that falls back to the CPU, can be stopped between its pieces.
 *
 * @param source the rows
 * @param check throws if the search no longer waits
 */
record CheckedRows(SegmentRows source, Runnable check) implements SegmentRows {
  @Override
  public ElementType elementType() {
    return source.elementType();
  }

  @Override
  public int rows() {
    return source.rows();
  }

  @Override
  public int dimension() {
    return source.dimension();
  }

  @Override
  public List<RowPiece> mapped() {
    return source.mapped();
  }

  @Override
  public void read(
      int first, int count, MemorySegment values, long valuesStride, MemorySegment scales)
      throws IOException {
    check.run();
    source.read(first, count, values, valuesStride, scales);
  }

  @Override
  public void checkWanted() {
    check.run();
  }

  @Override
  public Optional<SegmentKey> key() {
    return source.key();
  }
}
