package org.rapidin.attribution.compressor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Projected factors against the whole gradient, multiplied out and projected in double. */
class LograCompressorTests {
  private static final GradientLayout LAYOUT =
      new GradientLayout(
          List.of(
              new GradientLayout.Tensor("wide", List.of(20L, 12L), true),
              new GradientLayout.Tensor("narrow", List.of(3L, 12L), true)),
          2);

  private final SplittableRandom random = new SplittableRandom(3);
  private final NDManager manager = TestRuntime.get().newManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Factors of one tensor's gradients, [rows, tokens, …]. */
  private record Factors(int tensor, float[][][] delta, float[][][] input) {
    double[][] gradient(int row) {
      double[][] product = new double[delta[row][0].length][input[row][0].length];
      for (int t = 0; t < delta[row].length; t++) {
        for (int o = 0; o < product.length; o++) {
          for (int i = 0; i < product[o].length; i++) {
            product[o][i] += (double) delta[row][t][o] * input[row][t][i];
          }
        }
      }
      return product;
    }

    double norm(int row) {
      double sum = 0;
      for (double[] numbers : gradient(row)) {
        for (double number : numbers) {
          sum += number * number;
        }
      }
      return Math.sqrt(sum);
    }

    Factors only(int row) {
      return new Factors(tensor, new float[][][] {delta[row]}, new float[][][] {input[row]});
    }
  }

  private Factors factors(int tensor, int rows, int tokens) {
    List<Long> shape = LAYOUT.tensors().get(tensor).shape();
    return new Factors(
        tensor,
        numbers(rows, tokens, shape.get(0).intValue()),
        numbers(rows, tokens, shape.get(1).intValue()));
  }

  private float[][][] numbers(int rows, int tokens, int width) {
    float[][][] numbers = new float[rows][tokens][width];
    for (float[][] row : numbers) {
      for (float[] token : row) {
        for (int i = 0; i < width; i++) {
          token[i] = (float) random.nextGaussian();
        }
      }
    }
    return numbers;
  }

  private NDArray array(float[][][] numbers) {
    Shape shape = new Shape(numbers.length, numbers[0].length, numbers[0][0].length);
    float[] all = new float[Math.toIntExact(shape.size())];
    int at = 0;
    for (float[][] row : numbers) {
      for (float[] token : row) {
        System.arraycopy(token, 0, all, at, token.length);
        at += token.length;
      }
    }
    return TorchMemory.floats(manager, shape, all);
  }

  /** All numbers of both tensors at both checkpoints. */
  private static double[] gradient(int row, List<Factors> first, List<Factors> second) {
    return Stream.concat(first.stream(), second.stream())
        .flatMap(factors -> Arrays.stream(factors.gradient(row)))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private float[][] vectors(
      Logra logra, boolean exact, List<Factors> first, List<Factors> second, RowVectors.Scale s) {
    int rows = first.getFirst().delta().length;
    try (Compressor compressor = Projections.logra(manager, logra.fit(LAYOUT), LAYOUT, exact)) {
      return compressor.compute(
          rows,
          vectors -> {
            add(vectors, 0, first, s);
            add(vectors, 1, second, s);
            float[][] all = new float[rows][];
            for (int row = 0; row < rows; row++) {
              all[row] = vectors.finish(row);
            }
            return all;
          });
    }
  }

  private void add(RowVectors vectors, int checkpoint, List<Factors> all, RowVectors.Scale scale) {
    for (Factors factors : all) {
      NDArray delta = array(factors.delta());
      NDArray input = array(factors.input());
      TensorGradient gradient = new TensorGradient.Outer(factors.tensor(), 0, delta, input);
      vectors.checkpoint(checkpoint, scale).accept(gradient);
    }
  }

  private List<Factors> factors(int rows, int tokens) {
    return List.of(factors(0, rows, tokens), factors(1, rows, tokens));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "4,3", "5,9", "1024,2"})
  void isTheProjectionOfTheWholeGradient(int rank, int tokens) {
    Logra logra = new Logra(rank, Modules.ALL, 11, 0);
    List<Factors> first = factors(2, tokens);
    List<Factors> second = factors(2, tokens);
    float[][] got = vectors(logra, false, first, second, (row, parameter, norm) -> 1);
    assertEquals(logra.fit(LAYOUT).dimension(), got[0].length);
    for (int row = 0; row < 2; row++) {
      double[] wanted = PlainLogra.of(LAYOUT, rank, 11, gradient(row, first, second));
      assertEquals(wanted.length, got[row].length);
      for (int i = 0; i < wanted.length; i++) {
        assertEquals(wanted[i], got[row][i], 1e-4);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40}) // tokens: norms by the products of tokens, or by the gradient
  void isAskedWithTheNormOfTheWholeGradientWhereThatIsWanted(int tokens) {
    List<Factors> first = factors(2, tokens);
    List<Factors> second = factors(2, tokens);
    double[][] norms = new double[2][2];
    vectors(
        new Logra(2, Modules.ALL, 1, 0),
        true,
        second,
        first,
        (row, parameter, norm) -> {
          norms[row][parameter] = norm; // the second checkpoint's last
          return 1;
        });
    for (int row = 0; row < 2; row++) {
      assertEquals(first.get(0).norm(row), norms[row][0], 1e-5 * norms[row][0]);
      assertEquals(first.get(1).norm(row), norms[row][1], 1e-5 * norms[row][1]);
    }
  }

  /**
   * Two tokens whose gradients nearly cancel, and gradients whose squares float32 does not have.
   */
  @Test
  void normsAreThoseOfTheGradientWhereItsTermsCancelOrAreSmall() {
    Factors cancelling = factors(0, 1, 2);
    for (int i = 0; i < 20; i++) {
      cancelling.delta()[0][1][i] = -cancelling.delta()[0][0][i] * (1 + 1e-5f);
    }
    cancelling.input()[0][1] = cancelling.input()[0][0].clone();
    Factors small = factors(0, 1, 2);
    for (float[] token : small.delta()[0]) {
      for (int i = 0; i < token.length; i++) {
        token[i] *= 1e-15f;
      }
    }
    for (float[] token : small.input()[0]) {
      for (int i = 0; i < token.length; i++) {
        token[i] *= 1e-10f;
      }
    }
    for (Factors factors : List.of(cancelling, small)) {
      NDArray delta = array(factors.delta());
      NDArray input = array(factors.input());
      double norm = OuterNorms.of(new TensorGradient.Outer(0, 0, delta, input))[0];
      assertEquals(factors.norm(0), norm, 1e-2 * factors.norm(0));
    }
  }

  @Test
  void isScaledByTensorAndRowAndLeftOutAtZero() {
    List<Factors> factors = factors(2, 3);
    RowVectors.Scale none = (row, parameter, norm) -> 1;
    float[][] whole = vectors(new Logra(4, Modules.ALL, 2, 0), false, factors, factors, none);
    float[][] scaled =
        vectors(
            new Logra(4, Modules.ALL, 2, 0),
            false,
            factors,
            factors,
            (row, tensor, norm) -> row + tensor);
    int block = 16;
    for (int i = 0; i < whole[0].length; i++) {
      int tensor = i % (whole[0].length / 2) < block ? 0 : 1;
      assertEquals(tensor * whole[0][i], scaled[0][i], 0f);
      assertEquals((1 + tensor) * whole[1][i], scaled[1][i], 0f);
    }
  }

  @Test
  void aRowHasTheSameVectorAloneAndInABatch() {
    List<Factors> factors = factors(3, 5);
    RowVectors.Scale none = (row, parameter, norm) -> 1;
    float[][] all = vectors(new Logra(4, Modules.ALL, 2, 0), false, factors, factors, none);
    for (int row = 0; row < 3; row++) {
      List<Factors> alone = List.of(factors.get(0).only(row), factors.get(1).only(row));
      assertArrayEquals(
          all[row], vectors(new Logra(4, Modules.ALL, 2, 0), false, alone, alone, none)[0], 1e-5f);
    }
  }

  @Test
  void innerProductsAreThoseOfTheGradientsInTheMeanOverSeeds() {
    List<Factors> factors = factors(1, 3);
    double exact = Arrays.stream(gradient(0, factors, factors)).map(x -> x * x).sum();
    int seeds = 400;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      float[][] vectors =
          vectors(
              new Logra(3, Modules.ALL, seed, 0),
              false,
              factors,
              factors,
              (row, parameter, norm) -> 1);
      double product = 0;
      for (int i = 0; i < vectors[0].length; i++) {
        product += (double) vectors[0][i] * vectors[0][i];
      }
      sum += product;
      squares += product * product;
    }
    double mean = sum / seeds;
    double error = Math.sqrt((squares / seeds - mean * mean) / seeds);
    assertTrue(Math.abs(mean - exact) < 4 * error, mean + " for " + exact + " ± " + error);
    assertTrue(error < 0.2 * Math.abs(exact), "the test is too weak: " + exact + " ± " + error);
  }
}
