package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorNormsTests {

  /** Lengths around the number of sums, and none at all. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 255, 256, 257, 1000})
  void agreeWithPlainLoops(int length) {
    SplittableRandom random = new SplittableRandom(length);
    float[] vector = new float[length];
    double squares = 0;
    float largest = 0;
    for (int i = 0; i < length; i++) {
      vector[i] = (float) Math.scalb(random.nextGaussian(), random.nextInt(-140, 120));
      squares += (double) vector[i] * vector[i];
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    assertEquals(squares, VectorNorms.squaredNorm(vector), squares * 1e-12);
    assertEquals(largest, VectorNorms.largestMagnitude(vector));
  }

  @Test
  void everyPlaceCountsForTheLargestMagnitude() {
    for (int place = 0; place < 5; place++) {
      float[] vector = {1, 1, 1, 1, 1};
      vector[place] = -2;
      assertEquals(2, VectorNorms.largestMagnitude(vector));
    }
  }

  @Test
  void whatIsNotFiniteIsFoundAtEveryPlace() {
    for (int place : new int[] {0, 255, 256, 299}) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        float[] vector = new float[300];
        vector[place] = bad;
        assertFalse(Double.isFinite(VectorNorms.squaredNorm(vector)));
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> VectorNorms.requireFinite(vector));
        assertEquals(
            "a vector must be finite, number %s is %s".formatted(place, bad), refused.getMessage());
      }
    }
  }

  @Test
  void theLargestNumbersAreFinite() {
    float[] vector = new float[1 << 20];
    Arrays.fill(vector, -Float.MAX_VALUE);
    assertTrue(Double.isFinite(VectorNorms.squaredNorm(vector)));
  }
}
