package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTypeTests {

  @Test
  void codesAreThoseOfTheFileFormatAndNeverChange() {
    assertEquals(0, ElementType.FLOAT16.code());
    assertEquals(1, ElementType.FLOAT32.code());
    assertEquals(2, ElementType.INT8.code());
    for (ElementType type : ElementType.values()) {
      assertEquals(type, ElementType.ofCode(type.code()));
    }
    var thrown = assertThrows(IllegalArgumentException.class, () -> ElementType.ofCode(7));
    assertEquals("unknown element type 7", thrown.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aRowHasTheLengthThatItsTypeSays(ElementType type) {
    float[] vector = gaussian(300);
    assertEquals(type.rowLength(300), type.encode(vector).length);
    assertEquals(type.rowLength(300), type.valuesLength(300) + ElementType.SCALE_BYTES);
    assertEquals(300, type.decode(type.encode(vector)).length);
  }

  @ParameterizedTest
  @EnumSource
  void encodingADecodedRowGivesTheSameBytes(ElementType type) {
    byte[] row = type.encode(gaussian(257));
    assertArrayEquals(row, type.encode(type.decode(row)));
  }

  /** The mean squared error of products over many rows is the mean of the variances. */
  @ParameterizedTest
  @EnumSource
  void theRoundingVarianceIsThatOfTheErrors(ElementType type) {
    double squares = 0;
    double variances = 0;
    for (int trial = 0; trial < 2_000; trial++) {
      float[] vector = gaussian(100, 2L * trial);
      float[] query = gaussian(100, 2 * trial + 1);
      byte[] row = type.encode(vector);
      float[] decoded = type.decode(row);
      double error = 0;
      for (int i = 0; i < vector.length; i++) {
        error += (double) query[i] * ((double) decoded[i] - vector[i]);
      }
      squares += error * error;
      variances += type.roundingVariance(query, row);
    }
    if (type == ElementType.FLOAT32) {
      assertEquals(0, squares);
      assertEquals(0, variances);
    } else {
      assertEquals(1, squares / variances, 0.1);
    }
    assertEquals(
        0, type.roundingVariance(gaussian(3), type.encode(new float[3])), 1e-15, "a row of zeros");
  }

  @Test
  void singlePrecisionKeepsEveryBit() {
    float[] vector = {1.1f, -0f, Float.MIN_VALUE, -Float.MAX_VALUE};
    assertArrayEquals(vector, ElementType.FLOAT32.decode(ElementType.FLOAT32.encode(vector)));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotFiniteIsRefusedWithItsPlace(ElementType type) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      var e = assertThrows(IllegalArgumentException.class, () -> type.encode(new float[] {1, bad}));
      assertTrue(e.getMessage().contains("number 1 is " + bad), e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesThatAreNotARowAreRefused(ElementType type) {
    assertThrows(IllegalArgumentException.class, () -> type.encode(new float[0]));
    assertThrows(IllegalArgumentException.class, () -> type.decode(new byte[4]));
    byte[] row = type.encode(gaussian(4));
    assertThrows(
        IllegalArgumentException.class, () -> type.decode(Arrays.copyOf(row, row.length + 1)));
    row[row.length - 4] ^= 1;
    assertThrows(IllegalArgumentException.class, () -> type.decode(row), "another scale");
  }

  private static float[] gaussian(int length) {
    return gaussian(length, 5);
  }

  private static float[] gaussian(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }
}
