package org.rapidin.scorer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;

/** A few rows of a segment that are scored together. */
sealed interface RowBlock {
  /**
   * The most rows of a block. 8 MiB at K = 65,536 in float16, twice as much as 16 queries have:
   * larger blocks save little. One query passes them in less than a millisecond, so the caller can
   * stop a scan that soon.
   */
  int ROWS = 64;

  /**
   * Takes rows in place of the earlier ones.
   *
   * @param rows ordinals in the segment, ascending
   * @param first index into {@code rows}
   * @param count at least 1, at most {@link #ROWS}
   * @return how many it took, at least 1
   */
  int load(int[] rows, int first, int count) throws IOException;

  /** Returns a block for the rows of a segment. */
  static RowBlock of(SegmentRows rows) {
    List<RowPiece> pieces = rows.mapped();
    return pieces.isEmpty() ? new Copied(rows) : new Mapped(pieces, new Copied(rows));
  }

  /** Whether the loaded rows are where they are mapped. */
  boolean inPlace();

  /** Where the rows are. */
  RowMatrix matrix();

  /** Indices of the loaded rows in the matrix; not to be changed. */
  int[] ordinals();

  /** Rows where they are mapped, those of one piece at a time; rows between pieces are copied. */
  final class Mapped implements RowBlock {
    private final List<RowPiece> pieces;
    private final Copied copied;
    private final int[] ordinals = new int[ROWS];
    private RowPiece piece;

    Mapped(List<RowPiece> pieces, Copied copied) {
      this.pieces = pieces;
      this.copied = copied;
    }

    @Override
    public int load(int[] rows, int first, int count) throws IOException {
      piece = RowPiece.with(pieces, rows[first], rows[first]).orElse(null);
      if (piece == null) {
        return copied.load(rows, first, 1);
      }
      int taken = 0;
      while (taken < count && rows[first + taken] < piece.end()) {
        ordinals[taken] = rows[first + taken] - piece.first();
        taken++;
      }
      return taken;
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

  /** Rows that are copied. */
  final class Copied implements RowBlock {
    // 2 MiB at K = 65,536 in float16.
    private static final int MAX_ROWS = 16;

    private final SegmentRows source;
    private final int[] ordinals = IntStream.range(0, MAX_ROWS).toArray();
    private RowMatrix matrix;

    Copied(SegmentRows source) {
      this.source = source;
    }

    @Override
    public int load(int[] rows, int first, int count) throws IOException {
      int taken = Math.min(count, MAX_ROWS);
      if (matrix == null || matrix.rows() < taken) {
        matrix = newMatrix(taken);
      }
      long stride = source.elementType().valuesLength(source.dimension());
      for (int i = 0, run; i < taken; i += run) {
        run = runLength(rows, first + i, first + taken);
        source.read(
            rows[first + i],
            run,
            matrix.values().asSlice(i * stride),
            stride,
            matrix.scales().asSlice((long) i * ElementType.SCALE_BYTES));
      }
      return taken;
    }

    private RowMatrix newMatrix(int rows) {
      ElementType type = source.elementType();
      // Freed when nothing refers to it: a scan may never be closed.
      Arena arena = Arena.ofAuto();
      return new RowMatrix(
          arena.allocate((long) rows * type.valuesLength(source.dimension())),
          arena.allocate((long) rows * ElementType.SCALE_BYTES),
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

    @Override
    public boolean inPlace() {
      return false;
    }

    @Override
    public RowMatrix matrix() {
      return matrix;
    }

    @Override
    public int[] ordinals() {
      return ordinals;
    }
  }
}
