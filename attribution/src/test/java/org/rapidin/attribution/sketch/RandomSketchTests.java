package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RandomSketchTests {
  private static final long SEED = -7;

  /**
   * The matrix as its record defines it, written out: {@link SplittableRandom} is SplitMix64.
   *
   * @param columns the first ones
   */
  private static double[][] matrix(int dimension, int columns) {
    long key = new SplittableRandom(SEED).nextLong();
    SplittableRandom rowKeys = new SplittableRandom(key);
    double[][] matrix = new double[dimension][columns];
    SplittableRandom words = null;
    for (int row = 0; row < dimension; row++) {
      if (row % 64 == 0) {
        long rowKey = rowKeys.nextLong();
        words = new SplittableRandom(rowKey);
        for (int column = 0; column < columns; column++) {
          long word = words.nextLong();
          for (int i = row; i < Math.min(row + 64, dimension); i++) {
            boolean negative = (word >>> (i - row) & 1) == 1;
            matrix[i][column] = (negative ? -1 : 1) / Math.sqrt(dimension);
          }
        }
      }
    }
    return matrix;
  }

  private static float[] product(double[][] matrix, float[] x, int position, float scale) {
    float[] product = new float[matrix.length];
    for (int row = 0; row < product.length; row++) {
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        sum += matrix[row][position + i] * x[i] * scale;
      }
      product[row] = (float) sum;
    }
    return product;
  }

  private static float[] sketch(RandomSketch sketch, float[] x, int position, float scale) {
    GradientSketch.Accumulator sum = sketch.accumulator();
    sum.add(MemorySegment.ofArray(x), position, scale);
    return sum.finish();
  }

  @Test
  void isTheProductWithTheDenseMatrix() {
    float[] x = TestVectors.gaussian(new SplittableRandom(1), 2500);
    for (int dimension : new int[] {1, 63, 64, 65, 300}) {
      double[][] matrix = matrix(dimension, 3000);
      for (int position : new int[] {0, 1, 500}) {
        float[] wanted = product(matrix, x, position, 0.3f);
        float[] got = sketch(new RandomSketch(dimension, SEED), x, position, 0.3f);
        // 1,024 roundings of sums below 50 in float32.
        assertArrayEquals(wanted, got, 1e-4f / (float) Math.sqrt(dimension));
      }
    }
  }

  @Test
  void everyKernelGivesTheSameBits() {
    float[] x = TestVectors.HEAVY_TAILED.draw(new SplittableRandom(2), 5000);
    for (int dimension : new int[] {1, 64, 1000}) {
      float[] plain = sketch(new RandomSketch(dimension, 5, new ScalarSignKernel()), x, 9, 0.7f);
      assertArrayEquals(plain, sketch(new RandomSketch(dimension, 5), x, 9, 0.7f), 0f);
    }
  }

  @Test
  void isLinearAndMayBeCutAnywhere() {
    SplittableRandom random = new SplittableRandom(3);
    float[] u = TestVectors.gaussian(random, 3000);
    float[] v = TestVectors.gaussian(random, 3000);
    RandomSketch sketch = new RandomSketch(200, 6);
    GradientSketch.Accumulator both = sketch.accumulator();
    both.add(MemorySegment.ofArray(v).asSlice(4000), 1000, -3);
    both.add(MemorySegment.ofArray(u), 0, 2);
    both.add(MemorySegment.ofArray(v).asSlice(0, 4000), 0, -3);
    float[] sum = both.finish();
    float[] su = sketch(sketch, u, 0, 1);
    float[] sv = sketch(sketch, v, 0, 1);
    for (int k = 0; k < sum.length; k++) {
      assertEquals(2 * su[k] - 3 * sv[k], sum[k], 1e-4);
    }
    assertArrayEquals(new float[200], both.finish());
  }

  /** Rows, columns and seeds are independent: products of neighbours have no bias. */
  @Test
  void signsOfNeighboursAreIndependent() {
    int count = 1 << 14;
    for (int rowDistance : new int[] {0, 1, 63, 64, 65}) {
      for (int columnDistance : new int[] {0, 1, 64}) {
        for (long seedDistance : new long[] {0, 1}) {
          if (rowDistance + columnDistance + seedDistance == 0) {
            continue;
          }
          int sum = 0;
          long[] one = new long[count];
          long[] other = new long[count];
          SignMatrix.of(9).words(0, 0, count, one);
          SignMatrix.of(9 + seedDistance).words(rowDistance / 64, columnDistance, count, other);
          for (int j = 0; j < count; j++) {
            sum += (one[j] & 1) == (other[j] >>> rowDistance & 1) ? 1 : -1;
          }
          assertEquals(0, sum, 4 * Math.sqrt(count));
        }
      }
    }
  }

  @Test
  void readsMemoryAtAnyAddress() {
    float[] x = TestVectors.gaussian(new SplittableRandom(7), 1000);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shifted = arena.allocate(4001).asSlice(1);
      MemorySegment.copy(MemorySegment.ofArray(x), 0, shifted, 0, 4000);
      GradientSketch.Accumulator sum = new RandomSketch(70, 8).accumulator();
      sum.add(shifted, 5, 1);
      assertArrayEquals(sketch(new RandomSketch(70, 8), x, 5, 1), sum.finish(), 0f);
    }
  }
}
