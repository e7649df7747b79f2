package org.rapidin.scorer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The n×K rows of one field of one segment, as they are stored. Valid while the segment is open;
 * afterwards methods that reach rows throw an {@link IllegalStateException}. Safe for many threads.
 */
public interface SegmentRows {
  /** How the numbers are written. */
  ElementType elementType();

  /** n. */
  int rows();

  /** K. */
  int dimension();

  /**
   * Returns the rows that are mapped, in ascending order. A file is mapped in chunks: a row on the
   * border of two is in no piece, and is read by copying, as are all rows of a file that is not
   * mapped.
   */
  List<RowPiece> mapped();

  /**
   * Copies consecutive rows.
   *
   * @param first ordinal of the first row
   * @param count how many rows are copied
   * @param values receives the numbers of row {@code first + i} at {@code i · valuesStride}
   * @param valuesStride bytes from one row to the next, at least those of a row's numbers
   * @param scales receives the scale of row {@code first + i} at {@code 4 · i}
   * @throws IllegalStateException if the segment was closed
   */
  void read(int first, int count, MemorySegment values, long valuesStride, MemorySegment scales)
      throws IOException;

  /**
   * Returns if what is computed from the rows is still wanted. Engines that score many rows on the
   * calling thread ask every few milliseconds.
   *
   * @throws RuntimeException what the caller's time limit or cancellation is; engines let it pass
   */
  default void checkWanted() {}

  /**
   * Returns what identifies the rows, or nothing if they cannot be recognized later: a copy of them
   * must then not outlive a scan.
   */
  Optional<SegmentKey> key();
}
