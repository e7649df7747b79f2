package org.rapidin.scorer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** A few rows of a segment that are scored together. */
sealed interface RowBlock {

  /** The most rows of a block. */
  int size();

  /**
   * Takes rows in place of the earlier ones.
   *
   * @param rows ordinals in the segment
   * @param first index into {@code rows}
   * @param count at most {@link #size}
   */
  void load(int[] rows, int first, int count) throws IOException;

  /** Where the rows are. */
  RowMatrix matrix();

  /** Indices of the loaded rows in the matrix; not to be changed. */
  int[] ordinals();

  /** Rows where they are mapped. */
  record Mapped(RowMatrix matrix, int[] ordinals) implements RowBlock {
    // 8 MiB at K = 65,536 in float16, twice as much as 16 queries have: larger blocks save little.
    // One query passes them in less than a millisecond, so the caller can stop a scan that soon.
    private static final int ROWS = 64;

    Mapped(RowMatrix matrix) {
      this(matrix, new int[ROWS]);
    }

    @Override
    public int size() {
      return ROWS;
    }

    @Override
    public void load(int[] rows, int first, int count) {
      System.arraycopy(rows, first, ordinals, 0, count);
    }
  }

  /** Rows that are copied to the heap. */
  final class Copied implements RowBlock {
    // 2 MiB at K = 65,536 in float16.
    private static final int ROWS = 16;

    private final SegmentRows source;
    private final int[] ordinals = IntStream.range(0, ROWS).toArray();
    private RowMatrix matrix;

    Copied(SegmentRows source) {
      this.source = source;
    }

    @Override
    public int size() {
      return ROWS;
    }

    @Override
    public RowMatrix matrix() {
      return matrix;
    }

    @Override
    public int[] ordinals() {
      return ordinals;
    }

    @Override
    public void load(int[] rows, int first, int count) throws IOException {
      if (matrix == null || matrix.rows() < count) {
        matrix = heapMatrix(count);
      }
      long stride = source.elementType().valuesLength(source.dimension());
      for (int i = 0, run; i < count; i += run) {
        run = runLength(rows, first + i, first + count);
        source.read(
            rows[first + i],
            run,
            matrix.values().asSlice(i * stride),
            stride,
            matrix.scales().asSlice((long) i * ElementType.SCALE_BYTES));
      }
    }

    private RowMatrix heapMatrix(int rows) {
      ElementType type = source.elementType();
      int valuesLength = type.valuesLength(source.dimension());
      return new RowMatrix(
          MemorySegment.ofArray(new byte[Math.multiplyExact(rows, valuesLength)]),
          MemorySegment.ofArray(new byte[rows * ElementType.SCALE_BYTES]),
          type,
          rows,
          source.dimension());
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
