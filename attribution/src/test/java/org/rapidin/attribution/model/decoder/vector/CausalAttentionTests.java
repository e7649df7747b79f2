package org.rapidin.attribution.model.decoder.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention against sums in double precision, one number at a time. */
class CausalAttentionTests {

  /** One head among others: rows are longer than the head. */
  private record Head(float[] numbers, int length, int width) {
    static Head random(int seed, int length, int width) {
      Random random = new Random(seed);
      float[] numbers = new float[length * 3 * width];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      return new Head(numbers, length, width);
    }

    static Head zeros(int length, int width) {
      return new Head(new float[length * 3 * width], length, width);
    }

    Matrix matrix() {
      return Matrix.of(numbers, width, 3 * width);
    }

    double at(int t, int i) {
      return numbers[t * 3 * width + width + i];
    }

    double dot(int t, Head other, int u) {
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += at(t, i) * other.at(u, i);
      }
      return sum;
    }
  }

  private static double[][] weights(Head q, Head k, int window) {
    double[][] weights = new double[q.length()][q.length()];
    for (int t = 0; t < q.length(); t++) {
      double sum = 0;
      for (int u = Math.max(0, t - window + 1); u <= t; u++) {
        weights[t][u] = Math.exp(q.dot(t, k, u));
        sum += weights[t][u];
      }
      for (int u = 0; u <= t; u++) {
        weights[t][u] /= sum;
      }
    }
    return weights;
  }

  /** Row t is Σ over u of factors[t][u]·head[u]. */
  private static double[][] mixed(double[][] factors, Head head) {
    double[][] rows = new double[head.length()][head.width()];
    for (int t = 0; t < head.length(); t++) {
      for (int u = 0; u < head.length(); u++) {
        for (int i = 0; i < head.width(); i++) {
          rows[t][i] += factors[t][u] * head.at(u, i);
        }
      }
    }
    return rows;
  }

  private static double[][] transposed(double[][] square) {
    double[][] result = new double[square.length][square.length];
    for (int t = 0; t < square.length; t++) {
      for (int u = 0; u < square.length; u++) {
        result[u][t] = square[t][u];
      }
    }
    return result;
  }

  /** Gradients at the scores. */
  private static double[][] scoreDeltas(double[][] weights, Head delta, Head values) {
    double[][] deltas = new double[weights.length][weights.length];
    for (int t = 0; t < weights.length; t++) {
      double mean = 0;
      for (int u = 0; u <= t; u++) {
        mean += weights[t][u] * delta.dot(t, values, u);
      }
      for (int u = 0; u <= t; u++) {
        deltas[t][u] = weights[t][u] * (delta.dot(t, values, u) - mean);
      }
    }
    return deltas;
  }

  /** Else rounding would give a tensor without a gradient one, which normalization makes large. */
  @ParameterizedTest
  @CsvSource({"1,8,100", "37,8,1", "1,16,100", "37,32,1"})
  void aQueryThatSeesOneKeyHasNoGradientAtItsScore(int length, int width, int window) {
    Head q = Head.random(1, length, width);
    Head k = Head.random(2, length, width);
    Head v = Head.random(3, length, width);
    CausalAttention attention = CausalAttention.of(k.matrix(), v.matrix(), length, width, window);
    Head mixed = Head.zeros(length, width);
    attention.forward(q.matrix(), mixed.matrix());
    Head toQueries = Head.zeros(length, width);
    Head toKeys = Head.zeros(length, width);
    attention.backward(
        q.matrix(),
        mixed.matrix(),
        Head.random(4, length, width).matrix(),
        toQueries.matrix(),
        toKeys.matrix(),
        Head.zeros(length, width).matrix());
    for (Head gradient : List.of(toQueries, toKeys)) {
      for (float number : gradient.numbers()) {
        assertEquals(0, number, 0f);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,8,100",
    "7,8,100",
    "16,8,16",
    "37,8,30",
    "100,8,3",
    "166,8,2147483647",
    "16,16,100",
    "33,8,1",
    "65,24,2147483647",
    "90,8,17",
    "130,40,64"
  })
  void outputsAndGradientsAreThoseOfPlainSums(int length, int width, int window) {
    Head q = Head.random(1, length, width);
    Head k = Head.random(2, length, width);
    Head v = Head.random(3, length, width);
    Head delta = Head.random(4, length, width);
    double[][] weights = weights(q, k, window);
    CausalAttention attention = CausalAttention.of(k.matrix(), v.matrix(), length, width, window);
    Head mixed = Head.zeros(length, width);
    attention.forward(q.matrix(), mixed.matrix());
    requireEqual(mixed(weights, v), mixed);
    Head toQueries = Head.zeros(length, width);
    Head toKeys = Head.zeros(length, width);
    Head toValues = Head.zeros(length, width);
    attention.backward(
        q.matrix(),
        mixed.matrix(),
        delta.matrix(),
        toQueries.matrix(),
        toKeys.matrix(),
        toValues.matrix());
    double[][] deltas = scoreDeltas(weights, delta, v);
    requireEqual(mixed(transposed(weights), delta), toValues);
    requireEqual(mixed(deltas, k), toQueries);
    requireEqual(mixed(transposed(deltas), q), toKeys);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void headsThatShareKeysAddUp(int width) {
    int length = 21;
    Head k = Head.random(2, length, width);
    Head v = Head.random(3, length, width);
    CausalAttention attention = CausalAttention.of(k.matrix(), v.matrix(), length, width, 100);
    Head toKeys = Head.zeros(length, width);
    Head toValues = Head.zeros(length, width);
    double[][] keySums = new double[length][width];
    double[][] valueSums = new double[length][width];
    for (int seed = 10; seed < 13; seed++) {
      Head q = Head.random(seed, length, width);
      Head delta = Head.random(seed + 10, length, width);
      Head mixed = Head.zeros(length, width);
      attention.forward(q.matrix(), mixed.matrix());
      attention.backward(
          q.matrix(),
          mixed.matrix(),
          delta.matrix(),
          Head.zeros(length, width).matrix(),
          toKeys.matrix(),
          toValues.matrix());
      double[][] weights = weights(q, k, 100);
      add(valueSums, mixed(transposed(weights), delta));
      add(keySums, mixed(transposed(scoreDeltas(weights, delta, v)), q));
    }
    requireEqual(keySums, toKeys);
    requireEqual(valueSums, toValues);
  }

  private static void add(double[][] sums, double[][] rows) {
    for (int t = 0; t < rows.length; t++) {
      for (int i = 0; i < rows[t].length; i++) {
        sums[t][i] += rows[t][i];
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,8", "5,3,8", "3,2,24", "4,2,64"})
  void pairsAreRotatedByTheirAngles(int length, int heads, int width) {
    Random random = new Random(7);
    float[] numbers = floats(random, length * heads * width);
    float[] before = numbers.clone();
    float[] cos = floats(random, length * width);
    float[] sin = floats(random, length * width);
    RotaryPairs.rotate(numbers, length, heads, width, cos, sin, -1, 0.25f);
    for (int at = 0; at < numbers.length; at++) {
      int i = at % width;
      int angle = at / (heads * width) * width + i % (width / 2);
      boolean first = i < width / 2;
      double other = before[first ? at + width / 2 : at - width / 2];
      double turned = before[at] * cos[angle] + (first ? other : -other) * sin[angle];
      assertEquals(0.25 * turned, numbers[at], 1e-5);
    }
  }

  private static float[] floats(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** Also that the heads on both sides are not touched. */
  private static void requireEqual(double[][] wanted, Head got) {
    float[] all = new float[got.numbers().length];
    for (int t = 0; t < got.length(); t++) {
      for (int i = 0; i < got.width(); i++) {
        all[t * 3 * got.width() + got.width() + i] = (float) wanted[t][i];
      }
    }
    assertArrayEquals(all, got.numbers(), 1e-4f);
  }

  @Test
  void whatIsNotFiniteStaysVisible() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Head q = Head.random(1, 20, 8);
      Head k = Head.random(2, 20, 8);
      q.numbers()[5 * 24 + 8] = wrong;
      Head mixed = Head.zeros(20, 8);
      CausalAttention.of(k.matrix(), k.matrix(), 20, 8, 100).forward(q.matrix(), mixed.matrix());
      assertTrue(Double.isNaN(mixed.at(5, 0)));
      assertTrue(Double.isFinite(mixed.at(4, 0)) && Double.isFinite(mixed.at(6, 0)));
    }
  }

  @Test
  void exponentialsAreExactToTwoUnitsInTheLastPlace() {
    float[] row = new float[16];
    for (float x = 0; x > -86; x -= 0.0371f) {
      Arrays.fill(row, x);
      Vectors.exp(FloatVector.fromArray(Vectors.WIDE, row, 0)).intoArray(row, 0);
      assertEquals(Math.exp(x), row[3], 2 * Math.ulp((float) Math.exp(x)));
    }
  }
}
