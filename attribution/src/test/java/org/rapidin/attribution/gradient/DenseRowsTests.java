package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.gradient.TensorGradient.Dense;
import org.rapidin.attribution.gradient.TensorGradient.Lookup;
import org.rapidin.attribution.gradient.TensorGradient.Outer;
import org.rapidin.attribution.gradient.TensorGradient.Tied;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Gradients multiplied out in plain Java are the oracle. */
class DenseRowsTests {
  private static final int ROWS = 5;
  private static final int STEPS = 4;
  private static final int OUT = 3;
  private static final int IN = 2;

  private final NDManager manager = TestRuntime.get().newManager();
  private final Random random = new Random(1);
  private final TreeMap<Integer, float[]> got = new TreeMap<>();

  @AfterEach
  void free() {
    manager.close();
  }

  private DenseRows rows(long chunkBytes) {
    return new DenseRows(
        (row, parameter, gradient) -> {
          assertEquals(7, parameter);
          float[] copy = gradient.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
          assertEquals(null, got.put(row, copy), "row " + row + " came twice");
        },
        chunkBytes);
  }

  private NDArray array(long... shape) {
    float[] values = new float[Math.toIntExact(new Shape(shape).size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(9) - 4; // sums are exact
    }
    return TorchMemory.floats(manager, new Shape(shape), values);
  }

  /** One row's matrix has 24 bytes: a row a chunk, two and a rest, all together. */
  @ParameterizedTest
  @ValueSource(longs = {1, 24, 50, 96, 1 << 20})
  void productsAreTheSameInChunksOfAnySize(long chunkBytes) {
    NDArray delta = array(ROWS, STEPS, OUT);
    NDArray input = array(ROWS, STEPS, IN);
    rows(chunkBytes).accept(new Outer(7, 2, delta, input));
    assertEquals(ROWS, got.size());
    for (int row = 0; row < ROWS; row++) {
      float[] d = delta.get(row).toFloatArray();
      float[] x = input.get(row).toFloatArray();
      assertArrayEquals(product(d, x, STEPS, OUT, IN), got.get(2 + row), 0);
    }
  }

  private static float[] product(float[] d, float[] x, int steps, int out, int in) {
    float[] product = new float[out * in];
    for (int t = 0; t < steps; t++) {
      for (int i = 0; i < out; i++) {
        for (int j = 0; j < in; j++) {
          product[i * in + j] += d[t * out + i] * x[t * in + j];
        }
      }
    }
    return product;
  }

  @Test
  void denseGradientsKeepTheirRows() {
    NDArray gradients = array(ROWS, OUT, IN);
    rows(24).accept(new Dense(7, 1, gradients));
    for (int row = 0; row < ROWS; row++) {
      assertArrayEquals(gradients.get(row).toFloatArray(), got.get(1 + row), 0);
    }
  }

  @Test
  void aTokenThatOccursTwiceGetsBothDeltas() {
    NDArray delta = array(STEPS, IN);
    rows(24).accept(new Lookup(7, 3, new long[] {4, 1, 4, 0}, delta, 6));
    assertArrayEquals(table(delta), got.get(3), 0);
  }

  /** In the same order, so with the same rounding. */
  @Test
  void aTableOnADeviceGetsTheSameSums() {
    long[] ids = {4, 1, 4, 0};
    NDArray delta = array(STEPS, IN).div(array(1, 1).mul(0).add(7));
    NDArray table = manager.zeros(new Shape(1, 6, IN));
    Lookup lookup = new Lookup(7, 0, ids, delta, 6);
    assertArrayEquals(table(delta), DenseRows.addOnDevice(lookup, table).toFloatArray(), 0);
  }

  private static float[] table(NDArray delta) {
    float[] d = delta.toFloatArray();
    float[] table = new float[6 * IN];
    long[] ids = {4, 1, 4, 0};
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < IN; i++) {
        table[(int) ids[t] * IN + i] += d[t * IN + i];
      }
    }
    return table;
  }

  @Test
  void aTiedTableIsTheSumOfHeadAndEmbedding() {
    NDArray delta = array(STEPS, IN);
    NDArray headDelta = array(1, 3, 6);
    NDArray headInput = array(1, 3, IN);
    Lookup lookup = new Lookup(7, 0, new long[] {4, 1, 4, 0}, delta, 6);
    rows(24).accept(new Tied(new Outer(7, 0, headDelta, headInput), lookup));
    float[] wanted = table(delta);
    float[] head = product(headDelta.toFloatArray(), headInput.toFloatArray(), 3, 6, IN);
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] += head[i];
    }
    assertArrayEquals(wanted, got.get(0), 0);
    Outer other = new Outer(7, 1, headDelta, headInput);
    assertThrows(IllegalArgumentException.class, () -> new Tied(other, lookup));
  }
}
