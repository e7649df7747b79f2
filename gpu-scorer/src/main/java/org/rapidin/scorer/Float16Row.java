package org.rapidin.scorer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@link ElementType#FLOAT16} rows, {@code 2K + 4} bytes:
 *
 * <ul>
 *   <li><b>K × [float16]</b> {@code v · 2^-e}, little-endian, round half to even
 *   <li><b>[float32]</b> {@code 2^e}, little-endian
 * </ul>
 *
 * <p>{@code e} puts the largest magnitude into [2^15, 65504], the top of half's range, so every
 * number down to 2^-29 of the largest keeps 11 bits. Encoding a decoded row gives the same bytes
 * again: a vector may be encoded repeatedly (index sort, readers of other formats) without change.
 */
final class Float16Row {
  private static final int TOP_EXPONENT = 15;
  private static final float LARGEST_HALF = 65504f;
  // 2^-149 is the smallest float32.
  private static final int MIN_SCALE_EXPONENT = -149;
  // 65504 · 2^112 is the largest row value that float32 can still hold.
  private static final int MAX_SCALE_EXPONENT = 112;

  private Float16Row() {}

  static byte[] encode(float[] vector) {
    if (vector.length == 0) {
      throw new IllegalArgumentException("a vector needs at least one number, got none");
    }
    VectorNorms.requireFinite(vector);
    int exponent = scaleExponent(VectorNorms.largestMagnitude(vector));
    short[] halves = new short[vector.length];
    halve(vector, -exponent, halves);
    ByteBuffer row =
        ByteBuffer.allocate(ElementType.FLOAT16.rowLength(vector.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    row.asShortBuffer().put(halves);
    return row.putFloat(ElementType.FLOAT16.valuesLength(vector.length), Math.scalb(1f, exponent))
        .array();
  }

  /**
   * Rounds {@code v · 2^power}. One factor would overflow for denormal rows; both products are
   * exact, or too small for a half. The loop is one that the compiler makes vector instructions of.
   */
  private static void halve(float[] vector, int power, short[] halves) {
    int most = Math.min(power, Float.MAX_EXPONENT);
    float first = Math.scalb(1f, most);
    float second = Math.scalb(1f, power - most);
    for (int i = 0; i < vector.length; i++) {
      float scaled = vector[i] * first * second;
      halves[i] = Float.floatToFloat16(Math.max(-LARGEST_HALF, Math.min(LARGEST_HALF, scaled)));
    }
  }

  static float[] decode(byte[] row) {
    float[] vector = new float[ElementType.FLOAT16.dimension(row)];
    ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    float scale = bytes.getFloat(ElementType.FLOAT16.valuesLength(vector.length));
    requirePowerOfTwo(scale);
    short[] halves = new short[vector.length];
    bytes.asShortBuffer().get(halves);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Float.float16ToFloat(halves[i]) * scale;
    }
    VectorNorms.requireFinite(vector);
    return vector;
  }

  /** A half of exponent e has steps of 2^(e - 25), those below the normal ones of 2^-24. */
  static double roundingVariance(float[] query, byte[] row) {
    ByteBuffer bytes = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    double sum = 0;
    for (int i = 0; i < query.length; i++) {
      int exponent = bytes.getShort(Short.BYTES * i) >>> 10 & 31;
      double error = query[i] * Math.scalb(1.0, Math.max(exponent, 1) - 25);
      sum += error * error;
    }
    double scale = bytes.getFloat(ElementType.FLOAT16.valuesLength(query.length));
    return sum * scale * scale / 12;
  }

  private static int scaleExponent(float largest) {
    if (largest == 0) {
      return 0;
    }
    int exponent = Math.getExponent((double) largest) - TOP_EXPONENT;
    float scaled = (float) Math.scalb((double) largest, -exponent);
    // Rounding to 11 bits may carry into the next power of two, which is then the scale: otherwise
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
          "the scale of a float16 row must be a power of two, got %s".formatted(scale));
    }
  }
}
