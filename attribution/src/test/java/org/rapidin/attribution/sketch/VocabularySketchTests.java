package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VocabularySketchTests {

  private static float[] apply(VocabularySketch sketch, float[] vectors, int rows) {
    float[] sums = new float[rows * sketch.buckets()];
    Arrays.fill(sums, Float.NaN);
    sketch.apply(MemorySegment.ofArray(vectors), MemorySegment.ofArray(sums));
    return sums;
  }

  /** The words as the class defines them, written out: {@link SplittableRandom} is SplitMix64. */
  private static float[] defined(float[] x, int buckets, long seed) {
    SplittableRandom rowKeys = new SplittableRandom(new SplittableRandom(seed).nextLong());
    rowKeys.nextLong();
    SplittableRandom words = new SplittableRandom(rowKeys.nextLong());
    float[] sums = new float[buckets];
    for (float value : x) {
      String bits = bits(words.nextLong());
      int bucket = Integer.parseInt(bits.substring(0, Integer.numberOfTrailingZeros(buckets)), 2);
      sums[bucket] += bits.endsWith("1") ? -value : value;
    }
    return sums;
  }

  private static String bits(long word) {
    String bits = Long.toBinaryString(word);
    return "0".repeat(64 - bits.length()) + bits;
  }

  @Test
  void eachTokenIsAddedToItsBucketWithItsSign() {
    for (int buckets : new int[] {2, 8, 512}) {
      for (long seed : new long[] {0, 42, -3}) {
        float[] x = TestVectors.gaussian(new SplittableRandom(1), 1000);
        VocabularySketch sketch = new VocabularySketch(1000, buckets, seed);
        assertFalse(sketch.isIdentity());
        assertEquals(buckets, sketch.buckets());
        assertArrayEquals(defined(x, buckets, seed), apply(sketch, x, 1), 0f);
      }
    }
  }

  @Test
  void rowsAreSketchedAlone() {
    VocabularySketch sketch = new VocabularySketch(300, 16, 5);
    float[] three = TestVectors.gaussian(new SplittableRandom(2), 900);
    float[] sums = apply(sketch, three, 3);
    for (int row = 0; row < 3; row++) {
      float[] alone = apply(sketch, Arrays.copyOfRange(three, 300 * row, 300 * row + 300), 1);
      assertArrayEquals(alone, Arrays.copyOfRange(sums, 16 * row, 16 * row + 16), 0f);
    }
  }

  @Test
  void aVocabularyThatIsNotLargerIsLeftAsItIs() {
    for (int tokens : new int[] {1, 13, 16}) {
      VocabularySketch sketch = new VocabularySketch(tokens, 16, 5);
      assertTrue(sketch.isIdentity());
      assertEquals(tokens, sketch.buckets());
    }
  }

  /** ⟨Su, Sv⟩ has mean ⟨u, v⟩ and the variance that the class states. */
  @Test
  void innerProductsAreUnbiasedOverSeedsWithTheStatedVariance() {
    int tokens = 200;
    int buckets = 32;
    SplittableRandom random = new SplittableRandom(4);
    float[] u = TestVectors.gaussian(random, tokens);
    float[] v = TestVectors.gaussian(random, tokens);
    for (int i = 0; i < tokens; i++) {
      v[i] += u[i] / 2;
    }
    double exact = dot(u, v);
    double equal = 0;
    for (int i = 0; i < tokens; i++) {
      equal += Math.pow((double) u[i] * v[i], 2);
    }
    double variance = (dot(u, u) * dot(v, v) + exact * exact - 2 * equal) / buckets;
    int seeds = 4000;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      VocabularySketch sketch = new VocabularySketch(tokens, buckets, seed);
      double error = dot(apply(sketch, u, 1), apply(sketch, v, 1)) - exact;
      sum += error;
      squares += error * error;
    }
    assertEquals(0, sum / seeds, 4 * Math.sqrt(variance / seeds));
    assertEquals(1, squares / seeds / variance, 0.15);
  }

  /** A chunk of the sketch that comes next must not have the signs of the vocabulary. */
  @Test
  void wordsAreNotThoseOfTheStreamingSketchOfTheSameSeed() {
    long seed = 42;
    ChunkHash hash = ChunkHash.of(seed, 4096);
    long[] words = new long[4096];
    SignMatrix.of(seed).words(1, 0, words.length, words);
    for (int chunk = 0; chunk < words.length; chunk++) {
      long sign = hash.signs(chunk);
      assertTrue(Arrays.stream(words).noneMatch(word -> word == sign));
    }
  }

  private static double dot(float[] u, float[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += (double) u[i] * v[i];
    }
    return sum;
  }

  @Test
  void numbersThatAreNotFiniteStayVisible() {
    float[] x = new float[100];
    x[77] = Float.NaN;
    float[] sums = apply(new VocabularySketch(100, 8, 1), x, 1);
    assertEquals(1, Arrays.stream(toDoubles(sums)).filter(Double::isNaN).count());
  }

  private static double[] toDoubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }

  @Test
  void bucketsMustBeAPowerOfTwo() {
    for (int buckets : new int[] {0, 1, 3, -4}) {
      assertThrows(IllegalArgumentException.class, () -> new VocabularySketch(9, buckets, 1));
    }
  }
}
