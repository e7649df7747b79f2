package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Scores from inner products alone are those of the vectors. */
class InfluencesTests {
  private static final int DOCUMENTS = 6;
  private static final int TEXTS = 9;

  private final Random random = new Random(1);

  @Test
  void directionsAreLeftOutOfTheVector() {
    double[][] vectors = vectors(12);
    double[] rest = vectors[6].clone();
    // Gram-Schmidt: first the one direction, then what is left of the other.
    double[] second = without(vectors[8], vectors[7]);
    rest = without(without(rest, vectors[7]), second);
    double[] expected = products(vectors, rest);
    double[] scores = influences(vectors).without(6, new int[] {7, 8});
    assertArrayEquals(expected, scores, 1e-4);
  }

  @Test
  void aDirectionThatIsThereTwiceIsLeftOutOnce() {
    double[][] vectors = vectors(12);
    vectors[8] = vectors[7].clone();
    double[] expected = products(vectors, without(vectors[6], vectors[7]));
    assertArrayEquals(expected, influences(vectors).without(6, new int[] {7, 8}), 1e-4);
  }

  @Test
  void theInverseAutocorrelationIsThatOfTheVectors() {
    for (int dimension : new int[] {4, 12}) { // fewer and more than documents
      double[][] vectors = vectors(dimension);
      double[][] metric = new double[dimension][dimension];
      double trace = 0;
      for (int i = 0; i < dimension; i++) {
        for (int j = 0; j < dimension; j++) {
          for (int document = 0; document < DOCUMENTS; document++) {
            metric[i][j] += vectors[document][i] * vectors[document][j] / DOCUMENTS;
          }
        }
        trace += metric[i][i];
      }
      double damping = 0.1 * trace / Math.min(dimension, DOCUMENTS);
      for (int i = 0; i < dimension; i++) {
        metric[i][i] += damping;
      }
      double[] query = solve(metric, vectors[7]);
      double[] expected = products(vectors, query);
      Influences influences = influences(vectors);
      Preconditioned preconditioned = influences.preconditioned(0.1);
      double[] scores = preconditioned.of(influences.of(7));
      assertArrayEquals(expected, scores, 1e-9);
      double[] cosines = new double[DOCUMENTS];
      for (int document = 0; document < DOCUMENTS; document++) {
        double[] own = solve(metric, vectors[document]);
        double square = products(new double[][] {vectors[document]}, own, 1)[0];
        cosines[document] = expected[document] / Math.sqrt(square);
      }
      assertArrayEquals(cosines, preconditioned.perNorm(scores), 1e-9);
    }
  }

  @Test
  void aSingularMatrixIsRefused() {
    double[][] matrix = {{1, 1}, {1, 1}};
    assertThrows(IllegalArgumentException.class, () -> new Cholesky(matrix, 0));
  }

  private double[][] vectors(int dimension) {
    double[][] vectors = new double[TEXTS][];
    for (int i = 0; i < TEXTS; i++) {
      vectors[i] = random.doubles(dimension, -1, 1).toArray();
    }
    return vectors;
  }

  private static Influences influences(double[][] vectors) {
    double[][] gram = new double[TEXTS][];
    for (int i = 0; i < TEXTS; i++) {
      gram[i] = products(vectors, vectors[i], TEXTS);
    }
    return new Influences(gram, DOCUMENTS, vectors[0].length);
  }

  private static double[] products(double[][] vectors, double[] vector) {
    return products(vectors, vector, DOCUMENTS);
  }

  private static double[] products(double[][] vectors, double[] vector, int count) {
    double[] products = new double[count];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < vector.length; k++) {
        products[i] += vectors[i][k] * vector[k];
      }
    }
    return products;
  }

  private static double[] without(double[] vector, double[] direction) {
    double product = products(new double[][] {vector}, direction, 1)[0];
    double square = products(new double[][] {direction}, direction, 1)[0];
    double[] rest = vector.clone();
    for (int k = 0; k < rest.length; k++) {
      rest[k] -= product / square * direction[k];
    }
    return rest;
  }

  /** Gaussian elimination without pivots, for positive definite matrices. */
  private static double[] solve(double[][] matrix, double[] right) {
    int size = right.length;
    double[][] a = new double[size][];
    double[] b = right.clone();
    for (int i = 0; i < size; i++) {
      a[i] = matrix[i].clone();
    }
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        double factor = a[j][i] / a[i][i];
        for (int k = i; k < size; k++) {
          a[j][k] -= factor * a[i][k];
        }
        b[j] -= factor * b[i];
      }
    }
    for (int i = size - 1; i >= 0; i--) {
      for (int j = i + 1; j < size; j++) {
        b[i] -= a[i][j] * b[j];
      }
      b[i] /= a[i][i];
    }
    return b;
  }
}
