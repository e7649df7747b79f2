package org.rapidin.attribution.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
    return drawn(
        new InfluenceError(new OfProjections(layers, CHECKPOINTS, stride), false, false),
        projected(layers, sides, stride, u),
        projected(layers, sides, stride, v),
        product(u, v));
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
