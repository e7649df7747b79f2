package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The softmax of each column of a row-major matrix of {@value #COLUMNS} columns, forward and
 * backward, in place.
 */
final class ColumnSoftmax {
  /** A vector of 512 bits. */
  static final int COLUMNS = 16;

  private ColumnSoftmax() {}

  /** Replaces the scores of the first rows; one of -∞ gets a weight of at most 1e-37. */
  static void forward(float[] scores, int rows) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector largest = largest(scores, rows, column);
      FloatVector sums = FloatVector.zero(WIDE);
      for (int row = 0; row < rows; row++) {
        int at = row * COLUMNS + column;
        FloatVector weight = Vectors.exp(FloatVector.fromArray(WIDE, scores, at).sub(largest));
        weight.intoArray(scores, at);
        sums = sums.add(weight);
      }
      FloatVector factor = FloatVector.broadcast(WIDE, 1).div(sums);
      for (int row = 0; row < rows; row++) {
        int at = row * COLUMNS + column;
        FloatVector.fromArray(WIDE, scores, at).mul(factor).intoArray(scores, at);
      }
    }
  }

  /** Without NaN, which the exponentials will have: faster than Java's maximum. */
  private static FloatVector largest(float[] scores, int rows, int column) {
    FloatVector largest = FloatVector.broadcast(WIDE, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows; row++) {
      FloatVector score = FloatVector.fromArray(WIDE, scores, row * COLUMNS + column);
      largest = largest.blend(score, score.compare(VectorOperators.GT, largest));
    }
    return largest;
  }

  /**
   * Replaces the gradient at the softmax by the gradient at the scores: p·(δ − Σ p·δ).
   *
   * @param p the softmax
   * @param delta gradient at p
   */
  static void backward(float[] p, float[] delta, int rows) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector mean = FloatVector.zero(WIDE);
      for (int row = 0; row < rows; row++) {
        int at = row * COLUMNS + column;
        mean = FloatVector.fromArray(WIDE, p, at).fma(FloatVector.fromArray(WIDE, delta, at), mean);
      }
      for (int row = 0; row < rows; row++) {
        int at = row * COLUMNS + column;
        FloatVector difference = FloatVector.fromArray(WIDE, delta, at).sub(mean);
        FloatVector.fromArray(WIDE, p, at).mul(difference).intoArray(delta, at);
      }
    }
  }
}
