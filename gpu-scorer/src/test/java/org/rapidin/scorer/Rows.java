package org.rapidin.scorer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Encodes vectors as the format stores them. */
final class Rows {
  private Rows() {}

  /** Returns the rows as a matrix in off-heap memory. */
  static RowMatrix matrix(ElementType type, float[][] rows, Arena arena) {
    int dimension = rows[0].length;
    long rowBytes = (long) dimension * type.bytes();
    MemorySegment values = arena.allocate(rowBytes * rows.length, 64);
    MemorySegment scales = arena.allocate(4L * rows.length, 64);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment row = MemorySegment.ofArray(type.encode(rows[i]));
      MemorySegment.copy(row, 0, values, i * rowBytes, rowBytes);
      MemorySegment.copy(row, rowBytes, scales, 4L * i, 4);
    }
    return new RowMatrix(values, scales, type, rows.length, dimension);
  }

  /** Returns a vector after encoding and decoding. */
  static float[] stored(ElementType type, float[] row) {
    return type.decode(type.encode(row));
  }
}
