package org.rapidin.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class GradientVectorTests {

  @Test
  void numbersThatAreNotFiniteAreRefusedWithTheirPlace() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertRefused("a vector must be finite, number 1 is " + bad, new float[] {1, bad});
    }
  }

  @Test
  void aVectorHasAtLeastOneAndAtMostAMillionNumbers() {
    assertRefused("a vector has 1 to 1048576 numbers, got 0", new float[0]);
    assertRefused(
        "a vector has 1 to 1048576 numbers, got 1048577",
        new float[GradientVector.MAX_DIMENSION + 1]);
    assertEquals(1 << 20, new GradientVector(new float[1 << 20]).dimension());
  }

  @Test
  void theNormDoesNotOverflowWhereTheSquaresOfFloat32Would() {
    assertEquals(5, new GradientVector(new float[] {3, 4}).norm(), 0);
    assertEquals(5e37, new GradientVector(new float[] {3e37f, -4e37f}).norm(), 1e31);
    assertEquals(0, new GradientVector(new float[3]).norm(), 0);
  }

  @Test
  void unitNormKeepsTheDirectionOfTheLargestAndTheSmallestVectors() {
    for (float magnitude : new float[] {1e-38f, 1e-20f, 1, 1e20f, 5e37f}) {
      GradientVector unit =
          new GradientVector(new float[] {3 * magnitude, -4 * magnitude}).toUnitNorm();
      assertArrayEquals(new float[] {0.6f, -0.8f}, unit.values(), 1e-6f, "magnitude " + magnitude);
    }
    assertThrows(
        IllegalArgumentException.class, () -> new GradientVector(new float[3]).toUnitNorm());
  }

  @Test
  void bytesAreLittleEndianFloat32AndReadBackBitForBit() {
    GradientVector vector = new GradientVector(new float[] {1, -0f, Float.MIN_VALUE, 3e38f});
    ByteBuffer bytes = ByteBuffer.wrap(vector.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(16, bytes.capacity());
    assertEquals(3e38f, bytes.getFloat(12));
    assertEquals(vector, GradientVector.fromBytes(vector.toBytes()));
    assertThrows(IllegalArgumentException.class, () -> GradientVector.fromBytes(new byte[7]));
  }

  @Test
  void itsTextNeverShowsTheNumbers() {
    assertFalse(new GradientVector(new float[] {0.123f}).toString().contains("0.123"));
  }

  private static void assertRefused(String sentence, float[] values) {
    var thrown = assertThrows(IllegalArgumentException.class, () -> new GradientVector(values));
    assertEquals(sentence, thrown.getMessage());
  }
}
