package org.rapidin.scorer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link ElementType#FLOAT32} rows: K little-endian float32, then a scale of 1. */
final class Float32Row {
  private Float32Row() {}

  static byte[] encode(float[] vector) {
    if (vector.length == 0) {
      throw new IllegalArgumentException("a vector needs at least one number, got none");
    }
    ByteBuffer row =
        ByteBuffer.allocate(ElementType.FLOAT32.rowLength(vector.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < vector.length; i++) {
      row.putFloat(ElementType.requireFinite(vector[i], i));
    }
    return row.putFloat(1).array();
  }

  static float[] decode(byte[] row) {
    float[] vector = new float[ElementType.FLOAT32.dimension(row)];
    ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = ElementType.requireFinite(bytes.getFloat(), i);
    }
    float scale = bytes.getFloat();
    if (scale != 1) {
      throw new IllegalArgumentException(
          "the scale of a float32 row must be 1, got %s".formatted(scale));
    }
    return vector;
  }
}
