package org.rapidin.plugin.lucene;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Float16Row;

/** One vector as bytes: its numbers as they are stored, then the float32 scale. */
final class StoredRow {
  static final int SCALE_BYTES = Float16Row.SCALE_BYTES;

  private StoredRow() {}

  /** Bytes of the numbers alone. */
  static int valuesLength(ElementType type, int dimension) {
    return Math.multiplyExact(dimension, type.bytes());
  }

  /** Bytes of numbers and scale. */
  static int length(ElementType type, int dimension) {
    return Math.addExact(valuesLength(type, dimension), SCALE_BYTES);
  }

  /**
   * Encodes a vector.
   *
   * @throws IllegalArgumentException if a number of a float16 row is NaN or infinite
   */
  static byte[] encode(ElementType type, float[] vector) {
    return switch (type) {
      case FLOAT16 -> Float16Row.encode(vector);
      case FLOAT32 -> encodeFloats(vector);
    };
  }

  /** Decodes a row. */
  static float[] decode(ElementType type, byte[] row) {
    return switch (type) {
      case FLOAT16 -> Float16Row.decode(row);
      case FLOAT32 -> decodeFloats(row);
    };
  }

  private static byte[] encodeFloats(float[] vector) {
    ByteBuffer row =
        ByteBuffer.allocate(length(ElementType.FLOAT32, vector.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    row.asFloatBuffer().put(vector).put(1f);
    return row.array();
  }

  private static float[] decodeFloats(byte[] row) {
    float[] vector = new float[(row.length - SCALE_BYTES) / Float.BYTES];
    ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return vector;
  }
}
