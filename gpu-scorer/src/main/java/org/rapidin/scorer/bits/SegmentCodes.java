package org.rapidin.scorer.bits;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rapidin.scorer.SegmentKey;

/**
 * The codes of the n rows of one field of one segment, as they are stored. Valid while the segment
 * is open; afterwards methods that reach codes throw an {@link IllegalStateException}. Safe for
 * many threads.
 */
public interface SegmentCodes {
  /** n. */
  int rows();

  /** B. */
  int bits();

  /** The centre c that the codes were made with, float32, length K; not to be changed. */
  float[] centre();

  /** Returns the codes in place, or nothing if their file is not mapped. */
  Optional<CodeMatrix> mapped();

  /**
   * Copies consecutive codes.
   *
   * @param first ordinal of the first row
   * @param count how many rows are copied
   * @param bits receives the B/8 bytes of row {@code first + i} at {@code i · stride}
   * @param stride bytes from one row to the next, at least B/8
   * @param factors receives the float32 factor of row {@code first + i} at {@code 4 · i}
   * @throws IllegalStateException if the segment was closed
   */
  void read(int first, int count, MemorySegment bits, long stride, MemorySegment factors)
      throws IOException;

  /**
   * Returns if what is computed is still wanted, as {@link
   * org.rapidin.scorer.SegmentRows#checkWanted}.
   */
  default void checkWanted() {}

  /**
   * Returns what identifies the codes, or nothing if they cannot be recognized later. Never equal
   * to the key of the rows that they were made from.
   */
  Optional<SegmentKey> key();
}
