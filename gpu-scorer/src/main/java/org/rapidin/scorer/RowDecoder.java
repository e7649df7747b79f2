package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Decodes parts of rows to float32, without their scales. For one thread. */
final class RowDecoder {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final RowMatrix matrix;
  private final short[] halves;
  private final byte[] bytes;
  private final float[] numbers;

  /**
   * @param columns the most that are decoded at once
   */
  RowDecoder(RowMatrix matrix, int columns) {
    this.matrix = matrix;
    this.numbers = new float[columns];
    this.halves = new short[matrix.elementType() == ElementType.FLOAT16 ? columns : 0];
    this.bytes = new byte[matrix.elementType() == ElementType.INT8 ? columns : 0];
  }

  /**
   * Decodes some columns of a row.
   *
   * @return an array that has them from 0 on; valid until the next call
   */
  float[] decode(int row, int from, int count) {
    MemorySegment values = matrix.values();
    long offset = matrix.rowOffset(row) + matrix.elementType().valuesLength(from);
    switch (matrix.elementType()) {
      case FLOAT16 -> {
        MemorySegment.copy(values, HALF, offset, halves, 0, count);
        for (int i = 0; i < count; i++) {
          numbers[i] = Float.float16ToFloat(halves[i]);
        }
      }
      case FLOAT32 -> MemorySegment.copy(values, FLOAT, offset, numbers, 0, count);
      case INT8 -> {
        MemorySegment.copy(values, ValueLayout.JAVA_BYTE, offset, bytes, 0, count);
        for (int i = 0; i < count; i++) {
          numbers[i] = bytes[i];
        }
      }
    }
    return numbers;
  }
}
