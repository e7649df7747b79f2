package org.rapidin.attribution.compressor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.fitted.PlainEigenvectors;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A token counts if it has a part in the gradient, whichever of the factors is δ. */
class FactorSumsTests {
  private static final int ROWS = 2;
  private static final int TOKENS = 9;
  private static final int WIDTH = 4;

  private final NDManager manager = TestRuntime.get().newManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static GradientLayout layout() {
    return new GradientLayout(
        List.of(new Tensor("a", List.of((long) WIDTH, (long) WIDTH), true)), 1);
  }

  private static float[] numbers(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[ROWS * TOKENS * WIDTH];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() / (1 + i % WIDTH));
    }
    return numbers;
  }

  /** The last tokens of the second row have no δ. */
  private static float[] deltas() {
    float[] deltas = numbers(1);
    Arrays.fill(deltas, (ROWS * TOKENS - 4) * WIDTH, deltas.length, 0);
    return deltas;
  }

  private NDArray array(float[] numbers) {
    return TorchMemory.floats(manager, new Shape(ROWS, TOKENS, WIDTH), numbers);
  }

  private PrincipalComponents.Layer components(float[] delta, float[] input) {
    FactorCovariances sums = new FactorCovariances(layout());
    new FactorSums(sums, 1).accept(new TensorGradient.Outer(0, 0, array(delta), array(input)));
    return sums.components("print", 2, layer -> {}).of(layout(), 2).getFirst();
  }

  private static double[][] plain(float[] numbers) {
    double[][] covariance = new double[WIDTH][WIDTH];
    for (int token = 0; token < ROWS * TOKENS - 4; token++) {
      for (int i = 0; i < WIDTH; i++) {
        for (int j = 0; j < WIDTH; j++) {
          covariance[i][j] += (double) numbers[token * WIDTH + i] * numbers[token * WIDTH + j];
        }
      }
    }
    return PlainEigenvectors.projection(
        Arrays.copyOf(PlainEigenvectors.of(covariance).vectors(), 2));
  }

  private static void assertSpace(double[][] wanted, float[][] components) {
    double[][] numbers = new double[components.length][WIDTH];
    for (int k = 0; k < numbers.length; k++) {
      for (int i = 0; i < WIDTH; i++) {
        numbers[k][i] = components[k][i];
      }
    }
    double[][] got = PlainEigenvectors.projection(numbers);
    for (int i = 0; i < WIDTH; i++) {
      assertArrayEquals(wanted[i], got[i], 1e-5);
    }
  }

  /** Of a weight that is stored transposed, the factors are each other's. */
  @Test
  void tokensWithoutDeltaDoNotCountOnEitherSide() {
    PrincipalComponents.Layer straight = components(deltas(), numbers(2));
    assertSpace(plain(deltas()), straight.outputs());
    assertSpace(plain(numbers(2)), straight.inputs());
    PrincipalComponents.Layer transposed = components(numbers(2), deltas());
    assertSpace(plain(numbers(2)), transposed.outputs());
    assertSpace(plain(deltas()), transposed.inputs());
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] numbers = numbers(2);
      numbers[5] = wrong;
      for (List<float[]> factors :
          List.of(List.of(numbers, numbers(1)), List.of(numbers(1), numbers))) {
        String message =
            assertThrows(
                    IllegalArgumentException.class,
                    () -> components(factors.getFirst(), factors.getLast()))
                .getMessage();
        assertTrue(message.startsWith("inputs of [a] or the gradients at its outputs"), message);
      }
    }
  }

  @Test
  void whatAPassReservesIsOfTheWidestLayer() {
    GradientLayout layout =
        new GradientLayout(
            List.of(new Tensor("a", List.of(2L, 3L), true), new Tensor("b", List.of(4L, 1L), true)),
            3);
    assertEquals((16 + 1) * Float.BYTES, FactorSums.passBytes(layout));
  }
}
