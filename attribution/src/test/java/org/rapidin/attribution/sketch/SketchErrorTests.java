package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The error of ⟨Su, Sv⟩ over 40 seeds × 64 pairs, in units of the theory's standard error
 * √((‖u‖²‖v‖² + ⟨u,v⟩² − 2Σu²v²)/K), the exact one for independent signs and buckets.
 *
 * <p>Every pair is drawn anew for its seed, so the 2,560 errors are uncorrelated; the standard
 * error of their root mean square is 1/√(2·2560) = 1.4 % for normal errors, and 5 % is 3.6 of
 * those.
 */
class SketchErrorTests {
  private static final int SEEDS = 40;
  private static final int PAIRS = 64;
  private static final int LENGTH = 1 << 13;
  private static final int DIMENSION = 256;

  @ParameterizedTest
  @EnumSource
  void streamingKeepsInnerProductsWithinTheTheorysError(TestVectors family) {
    assertTheory(family, seed -> new StreamingSketch(DIMENSION, seed));
  }

  @ParameterizedTest
  @EnumSource
  void shufflesKeepInnerProductsWithinTheTheorysError(TestVectors family) {
    assertTheory(family, seed -> new ShuffleSketch(LENGTH, DIMENSION, seed));
  }

  private static void assertTheory(TestVectors family, LongFunction<GradientSketch> sketches) {
    SplittableRandom random = new SplittableRandom(family.ordinal());
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      GradientSketch.Accumulator sketch = sketches.apply(seed).accumulator();
      for (int pair = 0; pair < PAIRS; pair++) {
        double error = errorInUnitsOfTheory(family, random, sketch);
        sum += error;
        squares += error * error;
        fourths += Math.pow(error, 4);
      }
    }
    int count = SEEDS * PAIRS;
    double standardError = Math.sqrt(squares / count);
    System.out.printf(
        "%s mean %.4f rms %.4f noise of rms %.4f%n",
        family,
        sum / count,
        standardError,
        Math.sqrt((fourths / count - Math.pow(squares / count, 2)) / count) / 2 / standardError);
    assertEquals(0, sum / count, 4 / Math.sqrt(count), "unbiased: mean within 4 standard errors");
    assertEquals(1, standardError, 0.05, "standard error over theory");
    assertTrue(standardError <= 1.1);
  }

  private static double errorInUnitsOfTheory(
      TestVectors family, SplittableRandom random, GradientSketch.Accumulator sketch) {
    float[] u = family.draw(random, LENGTH);
    float[] v = family.draw(random, LENGTH);
    double exact = inner(u, v);
    double shared = 0;
    for (int i = 0; i < LENGTH; i++) {
      shared += (double) u[i] * u[i] * v[i] * v[i];
    }
    double variance = (inner(u, u) * inner(v, v) + exact * exact - 2 * shared) / DIMENSION;
    return (inner(sketch(sketch, u), sketch(sketch, v)) - exact) / Math.sqrt(variance);
  }

  private static float[] sketch(GradientSketch.Accumulator sketch, float[] x) {
    sketch.add(MemorySegment.ofArray(x), 0, 1);
    return sketch.finish();
  }

  private static double inner(float[] u, float[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += (double) u[i] * v[i];
    }
    return sum;
  }
}
