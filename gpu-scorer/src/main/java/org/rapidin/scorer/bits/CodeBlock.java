package org.rapidin.scorer.bits;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** A few codes of a segment at a time, in place or copied. */
interface CodeBlock {
  /** The most rows of a block: 64 KiB at B = 65,536, which stay in the cache for all queries. */
  int ROWS = 8;

  /**
   * Takes rows in place of the earlier ones.
   *
   * @param rows ordinals in the segment, ascending
   * @param first index into {@code rows}
   * @param count at most {@link #ROWS}
   */
  void load(int[] rows, int first, int count) throws IOException;

  /** Where the codes are. */
  CodeMatrix matrix();

  /** Indices of the loaded rows in the matrix; not to be changed. */
  int[] ordinals();

  static CodeBlock of(SegmentCodes codes) {
    Optional<CodeMatrix> mapped = codes.mapped();
    return mapped.isPresent() ? new Mapped(mapped.get(), new int[ROWS]) : Copied.of(codes);
  }

  /** Codes where they are mapped. */
  record Mapped(CodeMatrix matrix, int[] ordinals) implements CodeBlock {
    @Override
    public void load(int[] rows, int first, int count) {
      System.arraycopy(rows, first, ordinals, 0, count);
    }
  }

  /**
   * Codes that are copied outside of the heap: kernels that have seen memory on the heap are slow
   * with mapped codes afterwards.
   */
  record Copied(SegmentCodes source, CodeMatrix matrix, int[] ordinals) implements CodeBlock {
    static Copied of(SegmentCodes source) {
      long stride = source.bits() / Byte.SIZE;
      Arena arena = Arena.ofAuto();
      CodeMatrix matrix =
          CodeMatrix.of(
              arena.allocate(ROWS * stride, Long.BYTES),
              stride,
              arena.allocate(ROWS * (long) Float.BYTES, Float.BYTES),
              ROWS,
              source.bits());
      int[] ordinals = new int[ROWS];
      Arrays.setAll(ordinals, i -> i);
      return new Copied(source, matrix, ordinals);
    }

    @Override
    public void load(int[] rows, int first, int count) throws IOException {
      MemorySegment bits = matrix.pieces().getFirst();
      for (int i = 0, run; i < count; i += run) {
        run = runLength(rows, first + i, first + count);
        source.read(
            rows[first + i],
            run,
            bits.asSlice(i * matrix.stride()),
            matrix.stride(),
            matrix.factors().asSlice((long) Float.BYTES * i));
      }
    }

    /** Returns how many ordinals from {@code from} on are consecutive. */
    private static int runLength(int[] rows, int from, int to) {
      int end = from + 1;
      while (end < to && rows[end] == rows[end - 1] + 1) {
        end++;
      }
      return end - from;
    }
  }
}
