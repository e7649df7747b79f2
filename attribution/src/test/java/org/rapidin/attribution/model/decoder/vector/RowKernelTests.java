package org.rapidin.attribution.model.decoder.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loops over rows against their formulas in double precision, one number at a time. */
class RowKernelTests {
  /** Not a number: what a loop writes beyond its rows shows. */
  private static final int MARGIN = 32;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(5);

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment numbers(int count, double deviation) {
    MemorySegment all = arena.allocate((count + MARGIN) * (long) Float.BYTES);
    for (int i = 0; i < count + MARGIN; i++) {
      float value = i < count ? (float) (deviation * random.nextGaussian()) : Float.NaN;
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    return all.asSlice(0, count * (long) Float.BYTES);
  }

  private static float at(MemorySegment numbers, int index) {
    return numbers.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  private static double[] copy(MemorySegment numbers) {
    double[] copy = new double[(int) (numbers.byteSize() / Float.BYTES)];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = at(numbers, i);
    }
    return copy;
  }

  private static void requireEqual(
      IntToDoubleFunction wanted, MemorySegment got, double tolerance) {
    int count = (int) (got.byteSize() / Float.BYTES);
    for (int i = 0; i < count; i++) {
      double value = wanted.applyAsDouble(i);
      double slack = Double.isNaN(value) ? 1 : tolerance * Math.max(1, Math.abs(value));
      assertEquals(value, at(got, i), slack, "number " + i);
    }
    MemorySegment margin =
        MemorySegment.ofAddress(got.address())
            .reinterpret(got.byteSize() + MARGIN * (long) Float.BYTES);
    for (int i = count; i < count + MARGIN; i++) {
      assertTrue(Float.isNaN(at(margin, i)), "number " + i + " is beyond the matrix");
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 40, 1024, 1030, 5000})
  void gatedUnitsAndTheirGradients(int count) {
    MemorySegment gate = numbers(count, 4);
    MemorySegment up = numbers(count, 1);
    MemorySegment delta = numbers(count, 1);
    MemorySegment product = numbers(count, 1);
    GatedUnit.forward(gate, up, product);
    requireEqual(i -> at(gate, i) * sigmoid(at(gate, i)) * at(up, i), product, 1e-6);
    MemorySegment toGate = numbers(count, 1);
    double[] before = copy(delta);
    GatedUnit.backward(delta, gate, up, toGate);
    requireEqual(
        i -> {
          double s = sigmoid(at(gate, i));
          return before[i] * at(up, i) * s * (1 + at(gate, i) * (1 - s));
        },
        toGate,
        1e-6);
    requireEqual(i -> before[i] * at(gate, i) * sigmoid(at(gate, i)), delta, 1e-6);
  }

  @Test
  void gatesFarFromZeroAndNotANumber() {
    float[] gates = {-1000, -90, -87, 87, 90, 1000, Float.NaN, 0};
    MemorySegment gate = numbers(gates.length, 1);
    MemorySegment one = numbers(gates.length, 1);
    for (int i = 0; i < gates.length; i++) {
      gate.setAtIndex(ValueLayout.JAVA_FLOAT, i, gates[i]);
      one.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
    }
    MemorySegment product = numbers(gates.length, 1);
    GatedUnit.forward(gate, one, product);
    requireEqual(i -> gates[i] * sigmoid(gates[i]), product, 1e-6);
  }

  @ParameterizedTest
  @CsvSource({"1,7", "3,16", "2,100", "5,1040"})
  void crossEntropiesAndTheirGradients(int rows, int vocabulary) {
    MemorySegment logits = numbers(rows * vocabulary, 5);
    double[] before = copy(logits);
    long[] targets = random.longs(rows, 0, vocabulary).toArray();
    float[] weights = new float[rows];
    double[] sums = new double[rows];
    for (int row = 0; row < rows; row++) {
      weights[row] = random.nextFloat() + 0.1f;
      for (int i = 0; i < vocabulary; i++) {
        sums[row] += Math.exp(before[row * vocabulary + i]);
      }
    }
    float[] losses = CrossEntropy.replace(logits, targets, weights);
    for (int row = 0; row < rows; row++) {
      double wanted = Math.log(sums[row]) - before[row * vocabulary + (int) targets[row]];
      assertEquals(wanted, losses[row], 1e-5 * Math.max(1, wanted));
    }
    requireEqual(
        i -> {
          int row = i / vocabulary;
          double probability = Math.exp(before[i]) / sums[row];
          return weights[row] * (probability - (i % vocabulary == targets[row] ? 1 : 0));
        },
        logits,
        2e-6);
  }

  @Test
  void logitsThatAreNotNumbersStayVisible() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int where : new int[] {0, 20}) {
        MemorySegment logits = numbers(21, 1);
        logits.setAtIndex(ValueLayout.JAVA_FLOAT, where, wrong);
        float[] losses = CrossEntropy.replace(logits, new long[] {3}, new float[] {1});
        assertTrue(Float.isNaN(losses[0]) && Float.isNaN(at(logits, where)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "2,8,48", "5,3,17", "7,16,688", "4,5,8"})
  void productsOfLowRankAreAdded(int rows, int rank, int width) {
    MemorySegment y = numbers(rows * width, 1);
    double[] before = copy(y);
    double[] z = copy(numbers(rank * rows, 1));
    double[] m = copy(numbers(rank * width, 1));
    LowRankSum.add(y, floats(z), floats(m), rank);
    requireEqual(
        i -> {
          double sum = before[i];
          for (int r = 0; r < rank; r++) {
            sum += z[r * rows + i / width] * m[r * width + i % width];
          }
          return sum;
        },
        y,
        1e-5);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "2,8,48", "5,3,17", "7,16,688", "4,5,8", "3,9,33"})
  void innerProductsWithAFactorOfLowRank(int rows, int rank, int width) {
    MemorySegment x = numbers(rows * width, 1);
    double[] a = copy(numbers(rank * width, 1));
    float[] z = LowRankInner.multiply(x, floats(a), 0.5f, rank);
    assertEquals(rank * rows, z.length);
    for (int i = 0; i < z.length; i++) {
      double sum = 0;
      for (int k = 0; k < width; k++) {
        sum += 0.5 * a[i / rows * width + k] * at(x, i % rows * width + k);
      }
      assertEquals(sum, z[i], 1e-5 * Math.max(1, Math.abs(sum)), "number " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1", "2,3,8,48", "1,5,3,17", "3,4,16,70", "2,2,5,8"})
  void factorsOfLowRankTimesTheRowsOfEachSample(int samples, int tokens, int rank, int width) {
    int rows = samples * tokens;
    MemorySegment x = numbers(rows * width, 1);
    double[] z = copy(numbers(rank * rows, 1));
    double[][] wanted = new double[samples][rank * width];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < rank * width; i++) {
        wanted[row / tokens][i] += z[i / width * rows + row] * at(x, row * width + i % width);
      }
    }
    MemorySegment g = numbers(samples * rank * width, 1);
    LowRankFactor.multiply(x, floats(z), rank, samples, g);
    requireEqual(i -> wanted[i / (rank * width)][i % (rank * width)], g, 1e-5);
    MemorySegment transposed = numbers(samples * rank * width, 1);
    LowRankFactor.multiplyTransposed(x, floats(z), rank, samples, transposed);
    requireEqual(
        i -> {
          int within = i % (rank * width);
          return wanted[i / (rank * width)][within % rank * width + within / rank];
        },
        transposed,
        1e-5);
  }

  @Test
  void aSampleHasTheSameProductsAloneAndInABatch() {
    MemorySegment x = numbers(6 * 40, 1);
    float[] z = floats(copy(numbers(8 * 6, 1)));
    MemorySegment g = numbers(2 * 8 * 40, 1);
    LowRankFactor.multiply(x, z, 8, 2, g);
    float[] second = new float[8 * 3];
    for (int i = 0; i < second.length; i++) {
      second[i] = z[i / 3 * 6 + 3 + i % 3];
    }
    MemorySegment alone = numbers(8 * 40, 1);
    MemorySegment rows = x.asSlice(3 * 40L * Float.BYTES);
    LowRankFactor.multiply(rows, second, 8, 1, alone);
    requireEqual(i -> at(g, 8 * 40 + i), alone, 0);
    float[] a = floats(copy(numbers(8 * 40, 1)));
    float[] all = LowRankInner.multiply(x, a, 1, 8);
    float[] some = LowRankInner.multiply(rows, a, 1, 8);
    for (int i = 0; i < some.length; i++) {
      assertEquals(all[i / 3 * 6 + 3 + i % 3], some[i], "number " + i);
    }
  }

  private static float[] floats(double[] numbers) {
    float[] copy = new float[numbers.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = (float) numbers[i];
    }
    return copy;
  }

  @ParameterizedTest
  @CsvSource({"1,5", "3,16", "4,100", "2,576"})
  void normalizationsAndTheirGradients(int rows, int width) {
    MemorySegment x = numbers(rows * width, 2);
    MemorySegment weight = numbers(width, 1);
    double[] r = new double[rows];
    double[] means = new double[rows];
    MemorySegment delta = numbers(rows * width, 1);
    double[] before = copy(delta);
    for (int i = 0; i < rows * width; i++) {
      r[i / width] += (double) at(x, i) * at(x, i) / width;
      means[i / width] += before[i] * at(weight, i % width) * at(x, i) / width;
    }
    for (int row = 0; row < rows; row++) {
      r[row] = 1 / Math.sqrt(r[row] + 1e-3);
    }
    RmsNorm norm = new RmsNorm(weight);
    MemorySegment scales = numbers(rows, 1);
    MemorySegment y = numbers(rows * width, 1);
    norm.scales(x, 1e-3f, scales);
    requireEqual(row -> r[row], scales, 1e-6);
    norm.forward(x, scales, y);
    requireEqual(i -> at(weight, i % width) * at(x, i) * r[i / width], y, 1e-6);
    MemorySegment residual = numbers(rows * width, 1);
    norm.backward(delta, x, scales, residual);
    requireEqual(
        i -> {
          int row = i / width;
          double g = before[i] * at(weight, i % width);
          return r[row] * (g - at(x, i) * r[row] * r[row] * means[row]) + at(residual, i);
        },
        delta,
        1e-5);
  }
}
