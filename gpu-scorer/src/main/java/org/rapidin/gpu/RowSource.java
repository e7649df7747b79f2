package org.rapidin.gpu;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.SegmentCodes;

/** Rows of a segment that a device can hold: numbers, or sign bits, and a float32 for each. */
interface RowSource {
  /** How they are on a device. */
  RowLayout layout();

  /** As {@link SegmentRows#key} and {@link SegmentCodes#key}. */
  Optional<SegmentKey> key();

  /** Copies rows, as {@link SegmentRows#read} and {@link SegmentCodes#read}. */
  void read(int first, int count, MemorySegment values, long stride, MemorySegment scales)
      throws IOException;

  static RowSource of(SegmentRows rows) {
    RowKind kind = RowKind.of(rows.elementType());
    return new RowSource() {
      @Override
      public RowLayout layout() {
        return new RowLayout(kind, rows.rows(), rows.dimension());
      }

      @Override
      public Optional<SegmentKey> key() {
        return rows.key();
      }

      @Override
      public void read(
          int first, int count, MemorySegment values, long stride, MemorySegment scales)
          throws IOException {
        rows.read(first, count, values, stride, scales);
      }
    };
  }

  static RowSource of(SegmentCodes codes) {
    return new RowSource() {
      @Override
      public RowLayout layout() {
        return new RowLayout(RowKind.BITS, codes.rows(), codes.bits());
      }

      @Override
      public Optional<SegmentKey> key() {
        return codes.key();
      }

      @Override
      public void read(
          int first, int count, MemorySegment values, long stride, MemorySegment factors)
          throws IOException {
        codes.read(first, count, values, stride, factors);
      }
    };
  }
}
