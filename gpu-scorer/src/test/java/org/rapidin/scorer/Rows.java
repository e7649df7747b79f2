package org.rapidin.scorer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Lays vectors out as the format stores them. */
final class Rows {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Rows() {}

  /** The rows as a matrix in off-heap memory. */
  static RowMatrix matrix(ElementType type, float[][] rows, Arena arena) {
    int dimension = rows[0].length;
    long rowBytes = (long) dimension * type.bytes();
    MemorySegment values = arena.allocate(rowBytes * rows.length, 64);
    MemorySegment scales = arena.allocate(4L * rows.length, 64);
    for (int i = 0; i < rows.length; i++) {
      if (type == ElementType.FLOAT16) {
        MemorySegment row = MemorySegment.ofArray(Float16Row.encode(rows[i]));
        MemorySegment.copy(row, 0, values, i * rowBytes, rowBytes);
        MemorySegment.copy(row, rowBytes, scales, 4L * i, 4);
      } else {
        for (int k = 0; k < dimension; k++) {
          values.set(FLOAT, i * rowBytes + 4L * k, rows[i][k]);
        }
        scales.set(FLOAT, 4L * i, 1f);
      }
    }
    return new RowMatrix(values, scales, type, rows.length, dimension);
  }

  /** What is left of a vector when it is stored. */
  static float[] stored(ElementType type, float[] row) {
    return type == ElementType.FLOAT16 ? Float16Row.decode(Float16Row.encode(row)) : row;
  }
}
