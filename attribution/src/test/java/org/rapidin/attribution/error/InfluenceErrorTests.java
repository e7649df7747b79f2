package org.rapidin.attribution.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.error.RandomDraws.Draw;

/** The estimated variance is that of the errors over many random projections. */
class InfluenceErrorTests {
  private final RandomDraws draws = new RandomDraws(new Random(7));

  private static float[] unit(float[] vector) {
    double norm = Math.sqrt(RandomDraws.product(vector, vector));
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / norm);
    }
    return unit;
  }

  private Draw drawn(InfluenceError error, float[] q, float[] d, double right) {
    double difference = RandomDraws.product(q, d) - right;
    return new Draw(difference * difference, error.variance(q, d));
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

  /** A weight of a generation multiplies the influence, and so its standard error. */
  @Test
  void theErrorOfAWeightedQueryIsProportional() {
    CompressionError sketch = new CompressionError.OfSketch(1.0 / 64, false);
    InfluenceError error = new InfluenceError(sketch, true, true);
    float[] q = unit(draws.gaussian(100));
    float[] d = unit(draws.like(q, 3));
    float[] twice = q.clone();
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= -2;
    }
    assertEquals(4 * error.variance(q, d), error.variance(twice, d), 1e-6 * error.variance(q, d));
  }

  @Test
  void ofASketchIsThatOfADenseProjection() {
    int k = 64;
    float[] u = draws.gaussian(100);
    float[] v = draws.like(u, 0.5);
    InfluenceError error =
        new InfluenceError(new CompressionError.OfSketch(1.0 / k, false), false, false);
    double ratio =
        RandomDraws.ratio(
            10_000,
            () -> {
              double[][] matrix = draws.matrix(k, u.length, true);
              return drawn(error, dense(matrix, u), dense(matrix, v), RandomDraws.product(u, v));
            });
    // In the mean, the products of the vectors are larger than those of the gradients by 1/K to
    // 2/K.
    assertEquals(1 + 1.5 / k, ratio, 0.05);
  }

  /** The variance of a correlation of K pairs is (1 − c²)²/K. */
  @Test
  void normsThatAreEstimatesHaveAPart() {
    int k = 256;
    float[] u = draws.gaussian(300);
    float[] v = draws.like(u, 2);
    CompressionError sketch = new CompressionError.OfSketch(1.0 / k, false);
    InfluenceError documents = new InfluenceError(sketch, true, false);
    InfluenceError both = new InfluenceError(sketch, true, true);
    double ofDocuments =
        RandomDraws.ratio(
            3_000,
            () -> {
              double[][] matrix = draws.matrix(k, u.length, true);
              return drawn(
                  documents,
                  dense(matrix, u),
                  unit(dense(matrix, v)),
                  RandomDraws.product(u, unit(v)));
            });
    assertEquals(1, ofDocuments, 0.08);
    double ofBoth =
        RandomDraws.ratio(
            3_000,
            () -> {
              double[][] matrix = draws.matrix(k, u.length, true);
              return drawn(
                  both,
                  unit(dense(matrix, u)),
                  unit(dense(matrix, v)),
                  RandomDraws.product(unit(u), unit(v)));
            });
    assertEquals(1, ofBoth, 0.08);
    assertEquals(
        Math.pow(1 - Math.pow(RandomDraws.product(unit(u), unit(v)), 2), 2) / k,
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
