package org.rapidin.attribution.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The estimated variance is that of the errors over many random projections. */
class InfluenceErrorTests {
  private static final int OUTPUTS = 5;
  private static final int INPUTS = 4;
  private static final int CHECKPOINTS = 2;
  private static final int LAYER = OUTPUTS * INPUTS;

  private final Random random = new Random(7);

  /** The squared error of one draw, and the variance that is estimated from it. */
  private record Draw(double squared, double variance) {}

  private interface Drawing {
    Draw next();
  }

  /** The mean of the estimates over the mean of the squares. */
  private static double ratio(int draws, Drawing drawing) {
    double squares = 0;
    double variances = 0;
    for (int i = 0; i < draws; i++) {
      Draw draw = drawing.next();
      squares += draw.squared();
      variances += draw.variance();
    }
    return variances / squares;
  }

  private float[] gaussian(int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** With a part in common, so that the product is not small. */
  private float[] like(float[] other, double share) {
    float[] numbers = gaussian(other.length);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += (float) (share * other[i]);
    }
    return numbers;
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static float[] unit(float[] vector) {
    double norm = Math.sqrt(product(vector, vector));
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / norm);
    }
    return unit;
  }

  private Draw drawn(InfluenceError error, float[] q, float[] d, double right) {
    double difference = product(q, d) - right;
    return new Draw(difference * difference, error.variance(q, d));
  }

  /** [k, n] of variance 1/k; the unit matrix if nothing is projected. */
  private double[][] matrix(int k, int n, boolean projected) {
    double[][] rows = new double[k][n];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = projected ? random.nextGaussian() / Math.sqrt(k) : i == j ? 1 : 0;
      }
    }
    return rows;
  }

  private static float[] dense(double[][] matrix, float[] vector) {
    float[] projected = new float[matrix.length];
    for (int i = 0; i < projected.length; i++) {
      double sum = 0;
      for (int j = 0; j < vector.length; j++) {
        sum += matrix[i][j] * vector[j];
      }
      projected[i] = (float) sum;
    }
    return projected;
  }

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
                        matrix(layer.outputs(), OUTPUTS, layer.outputsProjected()),
                        matrix(layer.inputs(), INPUTS, layer.inputsProjected()))
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
    double difference = product(q, d) - product(u, v);
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
    float[] u = gaussian(CHECKPOINTS * layers.size() * LAYER);
    float[] v = like(u, 0.7);
    assertEquals(1, ratio(60_000, () -> projection(layers, stride, u, v)), 0.05);
  }

  @Test
  void ofWholeLayersIsZero() {
    List<ProjectedLayer> layers = List.of(new ProjectedLayer(0, OUTPUTS, INPUTS, false, false));
    float[] u = gaussian(CHECKPOINTS * LAYER);
    assertEquals(0, projection(layers, LAYER, u, gaussian(u.length)).variance());
  }

  /** Both ways of the sums, against the matrices themselves. */
  @Test
  void sumsOverSidesAreThoseOfTheMatrices() {
    for (int[] shape : new int[][] {{3, 7}, {7, 3}, {4, 4}, {1, 5}}) {
      int m = shape[0];
      int n = shape[1];
      double[][] a = {random.doubles((long) m * n).toArray(), random.doubles((long) m * n).toArray()};
      double[][] b = {random.doubles((long) m * n).toArray(), random.doubles((long) m * n).toArray()};
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
    float[] u = gaussian(CHECKPOINTS * LAYER);
    float[] v = like(u, 1);
    double ratio =
        ratio(
            20_000,
            () -> {
              List<double[][]> sides = List.of(signs(OUTPUTS, OUTPUTS), signs(3, INPUTS));
              float[] q = projected(layers, sides, OUTPUTS * 3, u);
              float[] d = projected(layers, sides, OUTPUTS * 3, v);
              double difference = product(q, d) - product(u, v);
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
    float[] u = gaussian(9);
    float[] v = gaussian(9);
    OfProjections few =
        new OfProjections(List.of(new ProjectedLayer(0, 3, 3, true, true)), 1, 9, false);
    assertTrue(Double.isNaN(new InfluenceError(few, false, false).variance(u, v)));
    assertEquals(0, new InfluenceError(few, false, false).variance(new float[9], v));
    int side = 40;
    OfProjections many =
        new OfProjections(
            List.of(new ProjectedLayer(0, side, side, true, true)), 1, side * side, false);
    float[] w = gaussian(side * side);
    assertTrue(new InfluenceError(many, false, false).variance(w, like(w, 1)) > 0);
  }

  /** A weight of a generation multiplies the influence, and so its standard error. */
  @Test
  void theErrorOfAWeightedQueryIsProportional() {
    CompressionError sketch = new CompressionError.OfSketch(1.0 / 64, false);
    InfluenceError error = new InfluenceError(sketch, true, true);
    float[] q = unit(gaussian(100));
    float[] d = unit(like(q, 3));
    float[] twice = q.clone();
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= -2;
    }
    assertEquals(4 * error.variance(q, d), error.variance(twice, d), 1e-6 * error.variance(q, d));
  }

  @Test
  void ofASketchIsThatOfADenseProjection() {
    int k = 64;
    float[] u = gaussian(100);
    float[] v = like(u, 0.5);
    InfluenceError error =
        new InfluenceError(new CompressionError.OfSketch(1.0 / k, false), false, false);
    double ratio =
        ratio(
            10_000,
            () -> {
              double[][] matrix = matrix(k, u.length, true);
              return drawn(error, dense(matrix, u), dense(matrix, v), product(u, v));
            });
    // In the mean, the products of the vectors are larger than those of the gradients by 1/K to
    // 2/K.
    assertEquals(1 + 1.5 / k, ratio, 0.05);
  }

  /** The variance of a correlation of K pairs is (1 − c²)²/K. */
  @Test
  void normsThatAreEstimatesHaveAPart() {
    int k = 256;
    float[] u = gaussian(300);
    float[] v = like(u, 2);
    CompressionError sketch = new CompressionError.OfSketch(1.0 / k, false);
    InfluenceError documents = new InfluenceError(sketch, true, false);
    InfluenceError both = new InfluenceError(sketch, true, true);
    double ofDocuments =
        ratio(
            3_000,
            () -> {
              double[][] matrix = matrix(k, u.length, true);
              return drawn(
                  documents, dense(matrix, u), unit(dense(matrix, v)), product(u, unit(v)));
            });
    assertEquals(1, ofDocuments, 0.08);
    double ofBoth =
        ratio(
            3_000,
            () -> {
              double[][] matrix = matrix(k, u.length, true);
              return drawn(
                  both, unit(dense(matrix, u)), unit(dense(matrix, v)), product(unit(u), unit(v)));
            });
    assertEquals(1, ofBoth, 0.08);
    assertEquals(
        Math.pow(1 - Math.pow(product(unit(u), unit(v)), 2), 2) / k,
        both.variance(unit(u), unit(v)),
        1e-6);
  }

  @Test
  void whatIsNotKnownHasNoVariance() {
    var unknown =
        assertThrows(
            IllegalStateException.class,
            () -> InfluenceError.unknown("why").variance(new float[1], new float[1]));
    assertEquals("why", unknown.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new ProjectedLayer(0, 1, 4, true, true));
  }
}
