package org.rapidin.scorer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** A few rows of a segment that are scored together. */
sealed interface RowBlock {
  /**
   * The most rows of a block: a multiple of the four that are scored at once, and 1 MiB at K =
   * 65,536 in float16, which a core's cache holds.
   */
  int ROWS = 8;

  /**
   * Takes rows in place of the earlier ones.
   *
   * @param rows ordinals in the segment
   * @param first index into {@code rows}
   * @param count at most {@link #ROWS}
   */
  void load(int[] rows, int first, int count) throws IOException;

  /** Returns a block for the rows of a segment. */
  static RowBlock of(SegmentRows rows) {
    List<RowPiece> pieces = rows.mapped();
    if (pieces.isEmpty()) {
      return new Copied(rows);
    }
    RowMatrix first = pieces.getFirst().matrix();
    return first.rows() == rows.rows()
        ? new Mapped(first)
        : new Piecewise(pieces, new Copied(rows));
  }

  /** Whether the loaded rows are where they are mapped. */
  boolean inPlace();

  /** Where the rows are. */
  RowMatrix matrix();

  /** Indices of the loaded rows in the matrix; not to be changed. */
  int[] ordinals();

  /** Rows where they are mapped. */
  record Mapped(RowMatrix matrix, int[] ordinals) implements RowBlock {
    Mapped(RowMatrix matrix) {
      this(matrix, new int[ROWS]);
    }

    @Override
    public void load(int[] rows, int first, int count) {
      System.arraycopy(rows, first, ordinals, 0, count);
    }

    @Override
    public boolean inPlace() {
      return true;
    }
  }

  /** Rows where they are mapped, in several pieces; those of a block in two pieces are copied. */
  final class Piecewise implements RowBlock {
    private final List<RowPiece> pieces;
    private final Copied copied;
    private final int[] ordinals = new int[ROWS];
    private RowPiece piece;

    Piecewise(List<RowPiece> pieces, Copied copied) {
      this.pieces = pieces;
      this.copied = copied;
    }

    @Override
    public void load(int[] rows, int first, int count) throws IOException {
      piece = RowPiece.with(pieces, rows[first], rows[first + count - 1]).orElse(null);
      if (piece == null) {
        copied.load(rows, first, count);
        return;
      }
      for (int i = 0; i < count; i++) {
        ordinals[i] = rows[first + i] - piece.first();
      }
    }

    @Override
    public boolean inPlace() {
      return piece != null;
    }

    @Override
    public RowMatrix matrix() {
      return piece == null ? copied.matrix() : piece.matrix();
    }

    @Override
    public int[] ordinals() {
      return piece == null ? copied.ordinals() : ordinals;
    }
  }

  /** Rows that are copied to the heap. */
  record Copied(SegmentRows source, RowMatrix matrix, int[] ordinals) implements RowBlock {
    Copied(SegmentRows source) {
      this(source, heapMatrix(source), new int[ROWS]);
      Arrays.setAll(ordinals, i -> i);
    }

    private static RowMatrix heapMatrix(SegmentRows source) {
      ElementType type = source.elementType();
      int valuesLength = type.valuesLength(source.dimension());
      return new RowMatrix(
          MemorySegment.ofArray(new byte[Math.multiplyExact(ROWS, valuesLength)]),
          MemorySegment.ofArray(new byte[ROWS * ElementType.SCALE_BYTES]),
          type,
          ROWS,
          source.dimension());
    }

    @Override
    public void load(int[] rows, int first, int count) throws IOException {
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

    @Override
    public boolean inPlace() {
      return false;
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
