package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LayerNormalizationTests {

  @Test
  void normIsTheRootOfTheSumOfSquares() {
    for (int length : new int[] {0, 1, 511, 512, 513, 10_000}) {
      float[] x = TestVectors.gaussian(new SplittableRandom(length), length);
      double plain = 0;
      for (float value : x) {
        plain += (double) value * value;
      }
      // The order of additions differs: 10,000 roundings of doubles.
      assertEquals(plain, squaredNorm(x), 1e-12 * plain);
    }
  }

  @Test
  void scaledTensorHasNormOne() {
    float[] x = {3e-30f, 4e-30f};
    assertEquals(1, Math.sqrt(squaredNorm(x)) * LayerNormalization.scale(5e-30), 1e-6);
  }

  @Test
  void whatHasNoReciprocalInFloat32CountsAsZero() {
    assertEquals(0, LayerNormalization.scale(0));
    assertEquals(0, LayerNormalization.scale(Float.MIN_VALUE));
    assertEquals(0x1p126, LayerNormalization.scale(Float.MIN_NORMAL));
  }

  @Test
  void onlyNanAndInfinitiesMakeTheNormInfinite() {
    float[] x = new float[1000];
    Arrays.fill(x, Float.MAX_VALUE);
    assertTrue(Double.isFinite(squaredNorm(x)));
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      x[777] = bad;
      assertFalse(Double.isFinite(squaredNorm(x)));
    }
  }

  private static double squaredNorm(float[] x) {
    return LayerNormalization.squaredNorm(MemorySegment.ofArray(x));
  }
}
