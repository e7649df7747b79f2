package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Float16RowTests {

  @ParameterizedTest
  @ValueSource(floats = {1e-44f, 3e-41f, 1.2e-38f, 1e-20f, 1e-5f, 1f, 1e5f, 1e20f, 1e38f})
  void keepsElevenBitsOfEveryMagnitude(float magnitude) {
    float[] vector = gaussian(1000, magnitude, 7);
    float[] decoded = ElementType.FLOAT16.decode(ElementType.FLOAT16.encode(vector));
    double largest = largest(vector);
    for (int i = 0; i < vector.length; i++) {
      // Half an ulp of 11 bits, or half the smallest half below the row's range.
      double tolerance =
          Math.max(Math.abs((double) vector[i]) * 0x1p-11, largest * 0x1p-39)
              + Float.MIN_VALUE / 2.0;
      assertEquals(vector[i], decoded[i], tolerance, "number " + i);
    }
  }

  @Test
  void survivesTheEndsOfFloat32() {
    float[] ends = {Float.MAX_VALUE, -Float.MAX_VALUE, 1e38f, Float.MIN_VALUE, 0};
    float[] decoded = ElementType.FLOAT16.decode(ElementType.FLOAT16.encode(ends));
    assertEquals(Float.MAX_VALUE, decoded[0], Float.MAX_VALUE * 0x1p-11);
    assertEquals(-decoded[0], decoded[1]);
    assertArrayEquals(
        new float[] {Float.MIN_VALUE, -3 * Float.MIN_VALUE},
        ElementType.FLOAT16.decode(
            ElementType.FLOAT16.encode(new float[] {Float.MIN_VALUE, -3 * Float.MIN_VALUE})));
  }

  @Test
  void zerosStayZero() {
    assertArrayEquals(
        new float[16], ElementType.FLOAT16.decode(ElementType.FLOAT16.encode(new float[16])));
  }

  @Test
  void encodingTheDecodedRowGivesTheSameBytes() {
    SplittableRandom random = new SplittableRandom(11);
    for (int trial = 0; trial < 2000; trial++) {
      // Bit patterns of finite floats: denormals, carries into the next power of two, both ends.
      float[] vector = new float[8];
      for (int i = 0; i < vector.length; i++) {
        do {
          vector[i] = Float.intBitsToFloat(random.nextInt());
        } while (!Float.isFinite(vector[i]));
      }
      byte[] row = ElementType.FLOAT16.encode(vector);
      assertArrayEquals(row, ElementType.FLOAT16.encode(ElementType.FLOAT16.decode(row)));
    }
    for (float carry : new float[] {1.9999f, 0x1.fffp-130f, 0x1.fffp-134f, 0x1.fffp-135f}) {
      byte[] row = ElementType.FLOAT16.encode(new float[] {carry, carry / 3e4f});
      assertArrayEquals(
          row, ElementType.FLOAT16.encode(ElementType.FLOAT16.decode(row)), "carry " + carry);
    }
  }

  /** Also for rows whose factor is no float32, and numbers that the factor makes denormal. */
  @Test
  void numbersAreRoundedOnce() {
    SplittableRandom random = new SplittableRandom(5);
    for (int exponent = -149; exponent < 127; exponent += 3) {
      float[] vector = new float[100];
      vector[0] = Math.scalb(1.75f, exponent);
      for (int i = 1; i < vector.length; i++) {
        vector[i] = (float) Math.scalb(random.nextGaussian() / 8, exponent - random.nextInt(60));
      }
      ByteBuffer row =
          ByteBuffer.wrap(ElementType.FLOAT16.encode(vector)).order(ByteOrder.LITTLE_ENDIAN);
      double scale = row.getFloat(2 * vector.length);
      for (int i = 0; i < vector.length; i++) {
        float exact = (float) (vector[i] / scale);
        float half = Math.clamp(exact, -65504f, 65504f);
        assertEquals(Float.floatToFloat16(half), row.getShort(2 * i), vector[i] + " / " + scale);
      }
    }
  }

  @Test
  void layoutIsHalvesThenScale() {
    ByteBuffer row =
        ByteBuffer.wrap(ElementType.FLOAT16.encode(new float[] {1f, -0.5f}))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(8, row.capacity());
    assertEquals(32768f, Float.float16ToFloat(row.getShort(0)));
    assertEquals(-16384f, Float.float16ToFloat(row.getShort(2)));
    assertEquals(0x1p-15f, row.getFloat(4));
  }

  @Test
  void whatIsNotFiniteIsRefusedWithItsPlace() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> ElementType.FLOAT16.encode(new float[] {1, bad}));
      assertTrue(e.getMessage().contains("number 1 is " + bad), e.getMessage());
    }
  }

  @Test
  void rowsThatNobodyEncodedAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> ElementType.FLOAT16.encode(new float[0]));
    assertThrows(IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(new byte[4]));
    assertThrows(IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(new byte[9]));
    assertThrows(
        IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(row((short) 0, 3f)));
    assertThrows(
        IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(row((short) 0, 0f)));
    assertThrows(
        IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(row((short) 0x7c00, 1f)));
    assertThrows(
        IllegalArgumentException.class, () -> ElementType.FLOAT16.decode(row((short) 0x7e00, 1f)));
  }

  private static byte[] row(short half, float scale) {
    return ByteBuffer.allocate(6)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort(half)
        .putFloat(scale)
        .array();
  }

  private static float[] gaussian(int length, float magnitude, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) (Math.clamp(random.nextGaussian(), -3.0, 3.0) * magnitude);
    }
    return vector;
  }

  private static double largest(float[] vector) {
    double largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs((double) value));
    }
    return largest;
  }
}
