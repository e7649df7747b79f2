package org.rapidin.scorer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One vector as half-precision numbers with a power-of-two scale, {@code 2K + 4} bytes:
 *
 * <ul>
 *   <li><b>K × [float16]</b> {@code v · 2^-e}, little-endian, round half to even
 *   <li><b>[float32]</b> {@code 2^e}, little-endian
 * </ul>
 *
 * <p>{@code e} puts the largest magnitude into [2^15, 65504], the top of half's range, so every
 * number down to 2^-29 of the largest keeps 11 bits. Encoding what was decoded gives the same bytes
 * again: a vector may be re-encoded (index sort, foreign readers) without drifting.
 */
public final class Float16Row {
  /** Bytes of the scale that follows the numbers. */
  public static final int SCALE_BYTES = Float.BYTES;

  private static final int TOP_EXPONENT = 15;
  private static final float LARGEST_HALF = 65504f;
  // 2^-149 is the smallest float32; below it nothing is left to scale up.
  private static final int MIN_SCALE_EXPONENT = -149;
  // 65504 · 2^112 is the largest row value that float32 can still hold.
  private static final int MAX_SCALE_EXPONENT = 112;

  private Float16Row() {}

  /**
   * Bytes of an encoded row.
   *
   * @param dimension K
   */
  public static int byteLength(int dimension) {
    return Math.addExact(Math.multiplyExact(dimension, Short.BYTES), SCALE_BYTES);
  }

  /**
   * Encodes a vector.
   *
   * @param vector float32, length K at least 1; not changed
   * @return {@code 2K + 4} new bytes
   * @throws IllegalArgumentException if a number is NaN or infinite, or K is 0
   */
  public static byte[] encode(float[] vector) {
    int exponent = scaleExponent(largestMagnitude(vector));
    double down = Math.scalb(1.0, -exponent);
    ByteBuffer row = ByteBuffer.allocate(byteLength(vector.length)).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : vector) {
      // Exact in double; in float32 the factor for denormal rows would overflow.
      float scaled = (float) (value * down);
      row.putShort(Float.floatToFloat16(Math.clamp(scaled, -LARGEST_HALF, LARGEST_HALF)));
    }
    return row.putFloat(Math.scalb(1f, exponent)).array();
  }

  /**
   * Decodes a row.
   *
   * @param row as {@link #encode} writes it; not changed
   * @return float32, length K, new
   * @throws IllegalArgumentException if the length is not {@code 2K + 4}, a number is NaN or
   *     infinite, or the scale is no power of two
   */
  public static float[] decode(byte[] row) {
    if (row.length < Short.BYTES + SCALE_BYTES || row.length % Short.BYTES != 0) {
      throw new IllegalArgumentException(
          "a float16 row of K numbers has 2K + 4 bytes, got " + row.length);
    }
    ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    float[] vector = new float[(row.length - SCALE_BYTES) / Short.BYTES];
    float scale = bytes.getFloat(vector.length * Short.BYTES);
    requirePowerOfTwo(scale);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Float.float16ToFloat(bytes.getShort()) * scale;
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException(notFinite(i, vector[i]));
      }
    }
    return vector;
  }

  private static float largestMagnitude(float[] vector) {
    if (vector.length == 0) {
      throw new IllegalArgumentException("a vector needs at least one number, got none");
    }
    float largest = 0;
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException(notFinite(i, vector[i]));
      }
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    return largest;
  }

  private static int scaleExponent(float largest) {
    if (largest == 0) {
      return 0;
    }
    int exponent = Math.getExponent((double) largest) - TOP_EXPONENT;
    float scaled = (float) Math.scalb((double) largest, -exponent);
    // Rounding to 11 bits may carry into the next power of two: that one is then the scale, or
    // encoding the decoded row would choose another scale.
    boolean carries = Float.isInfinite(Float.float16ToFloat(Float.floatToFloat16(scaled)));
    return Math.clamp(carries ? exponent + 1 : exponent, MIN_SCALE_EXPONENT, MAX_SCALE_EXPONENT);
  }

  private static void requirePowerOfTwo(float scale) {
    boolean powerOfTwo =
        scale > 0
            && Float.isFinite(scale)
            && scale == Math.scalb(1.0, Math.getExponent((double) scale));
    if (!powerOfTwo) {
      throw new IllegalArgumentException(
          "the scale of a float16 row must be a power of two, got " + scale);
    }
  }

  private static String notFinite(int index, float value) {
    return "a vector must be finite, number " + index + " is " + value;
  }
}
