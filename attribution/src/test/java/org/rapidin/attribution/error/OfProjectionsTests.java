package org.rapidin.attribution.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.error.RandomDraws.Draw;

/**
 * The estimated variance of projected layers is that of the errors over many random projections.
 */
class OfProjectionsTests {
  private static final int OUTPUTS = 5;
  private static final int INPUTS = 4;
  private static final int CHECKPOINTS = 2;
  private static final int LAYER = OUTPUTS * INPUTS;

  private final Random random = new Random(7);
  private final RandomDraws draws = new RandomDraws(random);

  /** P_o·G·P_iᵀ of each layer and checkpoint, by the definition. */
  private static float[] projected(
      List<ProjectedLayer> layers, List<double[][]> sides, int stride, float[] gradient) {
    float[] vector = new float[CHECKPOINTS * stride];
    for (int c = 0; c < CHECKPOINTS; c++) {
      for (int l = 0; l < layers.size(); l++) {
        int from = (c * layers.size() + l) * LAYER;
        ProjectedLayer layer = layers.get(l);
        for (int row = 0; row < layer.outputs(); row++) {
          for (int column = 0; column < layer.inputs(); column++) {
            double sum = 0;
            for (int o = 0; o < OUTPUTS; o++) {
              for (int i = 0; i < INPUTS; i++) {
                sum +=
                    sides.get(2 * l)[row][o]
                        * gradient[from + o * INPUTS + i]
                        * sides.get(2 * l + 1)[column][i];
              }
            }
            vector[c * stride + layer.from() + row * layer.inputs() + column] = (float) sum;
          }
        }
      }
    }
    return vector;
  }

  private Draw projection(List<ProjectedLayer> layers, int stride, float[] u, float[] v) {
    List<double[][]> sides =
        layers.stream()
            .flatMap(
                layer ->
                    List.of(
                        draws.matrix(layer.outputs(), OUTPUTS, layer.outputsProjected()),
                        draws.matrix(layer.inputs(), INPUTS, layer.inputsProjected()))
                        .stream())
            .toList();
    float[] q = projected(layers, sides, stride, u);
    float[] d = projected(layers, sides, stride, v);
    double variance =
        layers.stream()
            .mapToDouble(
                layer ->
                    new ProjectedProducts(layer, q, d, CHECKPOINTS, stride, () -> {}).variance())
            .sum();
    double difference = RandomDraws.product(q, d) - RandomDraws.product(u, v);
    return new Draw(difference * difference, variance);
  }

  @Test
  void ofProjectionsIsUnbiasedForSeveralLayersAndCheckpoints() {
    List<ProjectedLayer> layers =
        List.of(
            new ProjectedLayer(0, 3, 2, true, true),
            new ProjectedLayer(6, OUTPUTS, 2, false, true),
            new ProjectedLayer(6 + 2 * OUTPUTS, 4, INPUTS, true, true));
    int stride = 6 + 2 * OUTPUTS + 4 * INPUTS;
    float[] u = draws.gaussian(CHECKPOINTS * layers.size() * LAYER);
    float[] v = draws.like(u, 0.7);
    assertEquals(1, RandomDraws.ratio(60_000, () -> projection(layers, stride, u, v)), 0.05);
  }

  @Test
  void ofWholeLayersIsZero() {
    List<ProjectedLayer> layers = List.of(new ProjectedLayer(0, OUTPUTS, INPUTS, false, false));
    float[] u = draws.gaussian(CHECKPOINTS * LAYER);
    assertEquals(0, projection(layers, LAYER, u, draws.gaussian(u.length)).variance());
  }

  /** Both ways of the sums, against the matrices themselves. */
  @Test
  void sumsOverSidesAreThoseOfTheMatrices() {
    for (int[] shape : new int[][] {{3, 7}, {7, 3}, {4, 4}, {1, 5}}) {
      int m = shape[0];
      int n = shape[1];
      double[][] a = {
        random.doubles((long) m * n).toArray(), random.doubles((long) m * n).toArray()
      };
      double[][] b = {
        random.doubles((long) m * n).toArray(), random.doubles((long) m * n).toArray()
      };
      double own = 0;
      double crossed = 0;
      for (int c = 0; c < 2; c++) {
        for (int d = 0; d < 2; d++) {
          for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
              own += entry(a[c], b[c], m, n, i, j) * entry(a[d], b[d], m, n, i, j);
              own += entry(a[c], b[c], m, n, i, j) * entry(a[d], b[d], m, n, j, i);
              crossed += entry(a[c], b[d], m, n, i, j) * entry(a[d], b[c], m, n, i, j);
            }
          }
        }
      }
      SideProducts sums =
          new SideProducts(a, b, transposed(a, m, n), transposed(b, m, n), m, n, () -> {});
      assertEquals(own, sums.own(), 1e-9 * own);
      assertEquals(crossed, sums.crossed(), 1e-9 * crossed);
    }
  }

  /** Number (i, j) of aᵀb. */
  private static double entry(double[] a, double[] b, int m, int n, int i, int j) {
    double sum = 0;
    for (int row = 0; row < m; row++) {
      sum += a[row * n + i] * b[row * n + j];
    }
    return sum;
  }

  private static double[][] transposed(double[][] blocks, int m, int n) {
    double[][] transposed = new double[blocks.length][m * n];
    for (int c = 0; c < blocks.length; c++) {
      for (int i = 0; i < m * n; i++) {
        transposed[c][i % n * m + i / n] = blocks[c][i];
      }
    }
    return transposed;
  }

  /**
   * LoRA's rank side, of which logra keeps all numbers: the estimate is too large, not too small.
   */
  @Test
  void signsOfANarrowSideHaveLessThanTheEstimate() {
    List<ProjectedLayer> layers = List.of(new ProjectedLayer(0, OUTPUTS, 3, true, true));
    float[] u = draws.gaussian(CHECKPOINTS * LAYER);
    float[] v = draws.like(u, 1);
    double ratio =
        RandomDraws.ratio(
            20_000,
            () -> {
              List<double[][]> sides = List.of(signs(OUTPUTS, OUTPUTS), signs(3, INPUTS));
              float[] q = projected(layers, sides, OUTPUTS * 3, u);
              float[] d = projected(layers, sides, OUTPUTS * 3, v);
              double difference = RandomDraws.product(q, d) - RandomDraws.product(u, v);
              double variance =
                  new ProjectedProducts(layers.get(0), q, d, CHECKPOINTS, OUTPUTS * 3, () -> {})
                      .variance();
              return new Draw(difference * difference, variance);
            });
    assertTrue(ratio > 1.1 && ratio < 5, "estimated over true " + ratio);
  }

  private double[][] signs(int k, int n) {
    double[][] rows = new double[k][n];
    for (double[] row : rows) {
      for (int j = 0; j < n; j++) {
        row[j] = (random.nextBoolean() ? 1 : -1) / Math.sqrt(k);
      }
    }
    return rows;
  }

  @Test
  void fewTermsHaveNoEstimate() {
    float[] u = draws.gaussian(9);
    float[] v = draws.gaussian(9);
    OfProjections few =
        new OfProjections(List.of(new ProjectedLayer(0, 3, 3, true, true)), 1, 9, false);
    assertTrue(Double.isNaN(new InfluenceError(few, false, false).variance(u, v)));
    assertEquals(0, new InfluenceError(few, false, false).variance(new float[9], v));
    int side = 40;
    OfProjections many =
        new OfProjections(
            List.of(new ProjectedLayer(0, side, side, true, true)), 1, side * side, false);
    float[] w = draws.gaussian(side * side);
    assertTrue(new InfluenceError(many, false, false).variance(w, draws.like(w, 1)) > 0);
  }
}
