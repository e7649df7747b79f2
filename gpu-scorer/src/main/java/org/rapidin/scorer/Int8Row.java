package org.rapidin.scorer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@link ElementType#INT8} rows, {@code K + 4} bytes:
 *
 * <ul>
 *   <li><b>K × [int8]</b> {@code v / s}, round half to even, from -127 to 127
 *   <li><b>[float32]</b> {@code s}, little-endian
 * </ul>
 *
 * <p>{@code s} is the largest magnitude / 127, rounded up to 17 bits, so that every {@code s ·
 * row[i]} is a float32 without rounding. Encoding a decoded row therefore finds the same {@code s}
 * and gives the same bytes again. It is at least 2^-126, and 1 for a row of zeros; an error is at
 * most half of {@code s}, 1/254 of the largest number.
 */
final class Int8Row {
  private static final int LARGEST = 127;
  // A float32 has 24 bits and a number of the row has 7.
  private static final int SCALE_BITS_BELOW = 7;
  private static final int BELOW = (1 << SCALE_BITS_BELOW) - 1;
  // The largest scale of 17 bits with which 127 does not overflow.
  private static final float MAX_SCALE =
      Float.intBitsToFloat(Float.floatToRawIntBits(Float.MAX_VALUE / LARGEST) & ~BELOW);

  private Int8Row() {}

  static byte[] encode(float[] vector) {
    if (vector.length == 0) {
      throw new IllegalArgumentException("a vector needs at least one number, got none");
    }
    VectorNorms.requireFinite(vector);
    float scale = scale(VectorNorms.largestMagnitude(vector));
    byte[] row = new byte[ElementType.INT8.rowLength(vector.length)];
    boolean zero = true;
    for (int i = 0; i < vector.length; i++) {
      row[i] = (byte) Math.clamp(Math.rint((double) vector[i] / scale), -LARGEST, LARGEST);
      zero &= row[i] == 0;
    }
    buffer(row).putFloat(vector.length, zero ? 1 : scale);
    return row;
  }

  static float[] decode(byte[] row) {
    float[] vector = new float[ElementType.INT8.dimension(row)];
    float scale = buffer(row).getFloat(vector.length);
    int largest = 0;
    for (int i = 0; i < vector.length; i++) {
      largest = Math.max(largest, Math.abs(row[i]));
      vector[i] = row[i] * scale;
    }
    requireWritten(scale, largest);
    return vector;
  }

  static double roundingVariance(float[] query, byte[] row) {
    float scale = buffer(row).getFloat(query.length);
    boolean zero = true;
    for (int i = 0; i < query.length; i++) {
      zero &= row[i] == 0;
    }
    // A row of zeros has the scale 1, whatever was rounded to it.
    return zero ? 0 : VectorNorms.squaredNorm(query) * scale * scale / 12;
  }

  private static ByteBuffer buffer(byte[] row) {
    return ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float scale(float largest) {
    // Up: the last bits carry into the 17 that are kept.
    int up = Float.floatToRawIntBits(largest / LARGEST) + BELOW & ~BELOW;
    return Math.clamp(Float.intBitsToFloat(up), Float.MIN_NORMAL, MAX_SCALE);
  }

  /** Refuses what {@link #encode} does not write: such a row would be encoded to other bytes. */
  private static void requireWritten(float scale, int largest) {
    boolean scaleOfAny =
        scale >= Float.MIN_NORMAL
            && scale <= MAX_SCALE
            && (Float.floatToRawIntBits(scale) & BELOW) == 0;
    boolean fits = largest == 0 ? scale == 1 : largest == LARGEST || scale == Float.MIN_NORMAL;
    if (!scaleOfAny || !fits || largest > LARGEST) {
      throw new IllegalArgumentException(
          "no int8 row has the scale %s and the largest number %s".formatted(scale, largest));
    }
  }
}
