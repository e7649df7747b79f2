package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Int8RowTests {
  private final SplittableRandom random = new SplittableRandom(11);

  @ParameterizedTest
  @ValueSource(floats = {1e-35f, 1e-20f, 1e-5f, 1f, 1e5f, 1e20f, 8e37f})
  void anErrorIsAtMostHalfAStepOfTheLargest(float magnitude) {
    float[] vector = new float[1000];
    double largest = 0;
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (random.nextGaussian() * magnitude);
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    float[] decoded = ElementType.INT8.decode(ElementType.INT8.encode(vector));
    // 1 + 2^-16: the scale is rounded up to 17 bits.
    double half = largest / 254 * (1 + 0x1p-16);
    for (int i = 0; i < vector.length; i++) {
      assertEquals(vector[i], decoded[i], half, "number " + i);
    }
  }

  @Test
  void encodingTheDecodedRowGivesTheSameBytes() {
    for (int trial = 0; trial < 200_000; trial++) {
      // Bit patterns of finite floats: denormals and both ends; often all of one magnitude.
      float[] vector = new float[4];
      int same = random.nextInt();
      for (int i = 0; i < vector.length; i++) {
        do {
          vector[i] =
              Float.intBitsToFloat(
                  trial % 2 == 0 ? random.nextInt() : same & 0xff800000 | random.nextInt() >>> 9);
          same = trial % 2 == 0 || Float.isFinite(vector[i]) ? same : random.nextInt();
        } while (!Float.isFinite(vector[i]));
      }
      checkSameBytes(vector);
    }
  }

  @Test
  void encodingTheDecodedRowGivesTheSameBytesAtTheEnds() {
    for (int bits = 1; bits < 1 << 12; bits++) {
      // Every magnitude up to 2^-137, and the largest ones.
      checkSameBytes(new float[] {Float.intBitsToFloat(bits), 0});
      checkSameBytes(new float[] {127 * Float.MIN_NORMAL + Float.intBitsToFloat(bits), 0});
      checkSameBytes(
          new float[] {Float.intBitsToFloat(Float.floatToIntBits(Float.MAX_VALUE) - bits), 1});
    }
    checkSameBytes(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE});
    checkSameBytes(new float[] {Float.MIN_VALUE, -0f});
    checkSameBytes(new float[16]);
  }

  private static void checkSameBytes(float[] vector) {
    byte[] row = ElementType.INT8.encode(vector);
    assertArrayEquals(row, ElementType.INT8.encode(ElementType.INT8.decode(row)));
  }

  @Test
  void rowsThatAreNeverWrittenAreRefused() {
    checkRefused(-128, 1f);
    checkRefused(100, 1f);
    checkRefused(127, -1f);
    checkRefused(127, Float.NaN);
    checkRefused(127, Float.POSITIVE_INFINITY);
    checkRefused(127, Float.MAX_VALUE);
    checkRefused(127, Float.MIN_VALUE);
    checkRefused(127, Math.nextUp(1f));
    checkRefused(0, 2f);
  }

  private static void checkRefused(int number, float scale) {
    byte[] row = new byte[8];
    row[1] = (byte) number;
    ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN).putFloat(4, scale);
    assertThrows(IllegalArgumentException.class, () -> ElementType.INT8.decode(row));
  }
}
