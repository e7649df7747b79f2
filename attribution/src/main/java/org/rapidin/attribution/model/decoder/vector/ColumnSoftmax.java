package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.MatrixProduct.WIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The softmax of each column of a row-major matrix of {@value #COLUMNS} columns, forward and
 * backward, in place.
 */
final class ColumnSoftmax {
  /** A vector of 512 bits. */
  static final int COLUMNS = 16;

  /** Adding it to a small number rounds it to an integer, which is then in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;
  private static final float LN_2_HIGH = 0.693359375f;
  private static final float LN_2_LOW = -2.12194440e-4f;

  /** The exponential of it is just above the least normal number. */
  private static final float LEAST = -87f;

  private ColumnSoftmax() {}

  /** Replaces the scores of the first rows; one of -∞ gets a weight of at most 1e-37. */
  static void forward(float[] scores, int rows) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector largest = largest(scores, rows, column);
      FloatVector sums = FloatVector.zero(WIDE);
      for (int row = 0; row < rows; row++) {
        int at = row * COLUMNS + column;
        FloatVector weight = exp(FloatVector.fromArray(WIDE, scores, at).sub(largest));
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

  /**
   * e to the power of x for x ≤ 0, within two units in the last place: 2ⁿ times Cephes' polynomial
   * of the rest. NaN stays NaN.
   */
  static FloatVector exp(FloatVector exponent) {
    FloatVector x = exponent.blend(LEAST, exponent.compare(VectorOperators.LT, LEAST));
    FloatVector rounded = x.fma(constant(LOG2_E), constant(ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(constant(-LN_2_HIGH), x);
    r = n.fma(constant(-LN_2_LOW), r);
    FloatVector p = r.fma(constant(1.9875691500e-4f), constant(1.3981999507e-3f));
    p = p.fma(r, constant(8.3334519073e-3f));
    p = p.fma(r, constant(4.1665795894e-2f));
    p = p.fma(r, constant(1.6666665459e-1f));
    p = p.fma(r, constant(5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 23)
            .add(Float.floatToRawIntBits(1))
            .reinterpretAsFloats();
    return p.mul(power);
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(WIDE, value);
  }
}
