package org.rapidin.scorer;

import java.util.List;
import java.util.Optional;

/**
 * Consecutive rows of a segment that are mapped without a break.
 *
 * @param first ordinal of the first of them in the segment
 * @param matrix the rows, at least one
 */
public record RowPiece(int first, RowMatrix matrix) {
  /** Returns the ordinal behind the last row. */
  public int end() {
    return first + matrix.rows();
  }

  /**
   * Returns the piece that has all rows from one to another.
   *
   * @param from ordinal of the first row
   * @param to ordinal of the last row
   */
  public static Optional<RowPiece> with(List<RowPiece> pieces, int from, int to) {
    for (RowPiece piece : pieces) {
      if (piece.first <= from && to < piece.end()) {
        return Optional.of(piece);
      }
    }
    return Optional.empty();
  }
}
