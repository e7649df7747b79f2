package org.rapidin.scorer.bits;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HadamardRotationTests {
  private final SplittableRandom random = new SplittableRandom(3);

  /** The definition, in double: H D2 H D1 x / K with the signs of the Javadoc. */
  private static double[] oracle(int dimension, long seed, float[] vector) {
    long gamma = 0x9E3779B97F4A7C15L;
    long firstKey = mix(seed + gamma);
    long secondKey = mix(firstKey + gamma);
    double[] x = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      x[i] = vector[i] * sign(firstKey, i);
    }
    double[] y = hadamard(x);
    for (int i = 0; i < dimension; i++) {
      y[i] *= sign(secondKey, i);
    }
    double[] z = hadamard(y);
    return Arrays.stream(z).map(value -> value / dimension).toArray();
  }

  private static int sign(long key, int i) {
    return (mix(key + (i / 64) * 0x9E3779B97F4A7C15L) >>> i % 64 & 1) == 1 ? -1 : 1;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static double[] hadamard(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += Integer.bitCount(i & j) % 2 == 0 ? x[j] : -x[j];
      }
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128, 512, 2048})
  void isWhatItsDefinitionSays(int dimension) {
    for (long seed : new long[] {0, -1, 77}) {
      float[] vector = TestVectors.normal(dimension, random);
      float[] rotated = TestVectors.rotated(new HadamardRotation(dimension, seed), vector);
      double[] wanted = oracle(dimension, seed, vector);
      for (int i = 0; i < dimension; i++) {
        assertEquals(wanted[i], rotated[i], 1e-5, "number " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128, 256, 512, 1024, 4096, 8192, 16384, 32768, 65536})
  void hasTheSameBitsWithTheVectorApiAndWithout(int dimension) {
    HadamardRotation vector = new HadamardRotation(dimension, 5, new VectorWalshTransform());
    HadamardRotation plain = new HadamardRotation(dimension, 5, new PlainWalshTransform());
    float[] numbers = TestVectors.normal(dimension, random);
    for (int i = 0; i < dimension; i += 7) {
      numbers[i] *= (float) Math.scalb(1.0, random.nextInt(-60, 30));
    }
    float[] other = numbers.clone();
    vector.rotate(numbers);
    plain.rotate(other);
    assertArrayEquals(other, numbers, 0f);
    vector.invert(numbers);
    plain.invert(other);
    assertArrayEquals(other, numbers, 0f);
  }

  /** What an index stores depends on these numbers. */
  @Test
  void keepsItsBits() {
    float[] vector = new float[65536];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) ((i * 2654435761L >>> 7) % 1000 - 500) / 100;
    }
    new HadamardRotation(vector.length, 20_260_101L).rotate(vector);
    assertEquals(-1687846851, Arrays.hashCode(vector));
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 1024, 65536})
  void keepsProductsAndCanBeUndone(int dimension) {
    HadamardRotation rotation = new HadamardRotation(dimension, 11);
    float[] a = TestVectors.normal(dimension, random);
    float[] b = TestVectors.sum(TestVectors.normal(dimension, random), a, 0.5f);
    float[] rotatedA = TestVectors.rotated(rotation, a);
    float[] rotatedB = TestVectors.rotated(rotation, b);
    double tolerance = 1e-5 * TestVectors.norm(a) * TestVectors.norm(b);
    assertEquals(TestVectors.product(a, b), TestVectors.product(rotatedA, rotatedB), tolerance);
    float[] sum = TestVectors.rotated(rotation, TestVectors.sum(a, b, -3));
    for (int i = 0; i < dimension; i++) {
      assertEquals(rotatedA[i] - 3 * rotatedB[i], sum[i], 1e-4, "linear at " + i);
    }
    rotation.invert(rotatedA);
    for (int i = 0; i < dimension; i++) {
      assertEquals(a[i], rotatedA[i], 1e-5, "inverse at " + i);
    }
  }

  /** One large number is spread over all, with magnitudes as of normal deviates. */
  @Test
  void spreadsWhatIsConcentrated() {
    int dimension = 4096;
    float[] vector = new float[dimension];
    vector[1234] = 64;
    float[] rotated = TestVectors.rotated(new HadamardRotation(dimension, 9), vector);
    double fourth = 0;
    for (float value : rotated) {
      fourth += Math.pow(value, 4) / dimension;
    }
    assertEquals(3, fourth, 0.4);
  }

  @Test
  void refusesOtherDimensions() {
    for (int dimension : new int[] {0, 32, 96, 65535, Integer.MIN_VALUE}) {
      var e =
          assertThrows(IllegalArgumentException.class, () -> new HadamardRotation(dimension, 1));
      assertEquals(
          "a rotation takes a power of two from 64 on as the dimension, got " + dimension,
          e.getMessage());
    }
    HadamardRotation rotation = new HadamardRotation(64, 1);
    assertThrows(IllegalArgumentException.class, () -> rotation.rotate(new float[128]));
    assertThrows(IllegalArgumentException.class, () -> rotation.invert(new float[63]));
  }
}
