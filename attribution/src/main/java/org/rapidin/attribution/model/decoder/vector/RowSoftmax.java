package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.MatrixProduct.FLOATS;
import static org.rapidin.attribution.model.decoder.vector.MatrixProduct.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The softmax of one row of scores, forward and backward, in place. */
final class RowSoftmax {
  /** Adding it to a small number rounds it to an integer, which is then in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;
  private static final float LN_2_HIGH = 0.693359375f;
  private static final float LN_2_LOW = -2.12194440e-4f;

  /** exp of it is just above the least normal number; a weight of 1e-38 is as good as 0. */
  private static final float LEAST = -87f;

  private RowSoftmax() {}

  /**
   * Replaces scores with their softmax.
   *
   * @param at where the row begins
   * @param from first score that counts; those before it become 0
   * @param to end of the scores that count; those from it on become 0
   * @param length of the row, a multiple of the vectors' length
   */
  static void forward(float[] row, int at, int from, int to, int length) {
    Arrays.fill(row, at, at + from, Float.NEGATIVE_INFINITY);
    Arrays.fill(row, at + to, at + length, Float.NEGATIVE_INFINITY);
    FloatVector most = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = at; i < at + length; i += LANES) {
      most = most.max(FloatVector.fromArray(FLOATS, row, i));
    }
    FloatVector largest = FloatVector.broadcast(FLOATS, most.reduceLanes(VectorOperators.MAX));
    FloatVector sums = FloatVector.zero(FLOATS);
    for (int i = at; i < at + length; i += LANES) {
      FloatVector weight = exp(FloatVector.fromArray(FLOATS, row, i).sub(largest));
      weight.intoArray(row, i);
      sums = sums.add(weight);
    }
    FloatVector factor = FloatVector.broadcast(FLOATS, 1 / sums.reduceLanes(VectorOperators.ADD));
    for (int i = at; i < at + length; i += LANES) {
      FloatVector.fromArray(FLOATS, row, i).mul(factor).intoArray(row, i);
    }
    Arrays.fill(row, at, at + from, 0);
    Arrays.fill(row, at + to, at + length, 0);
  }

  /**
   * Replaces the gradient at the softmax by the gradient at the scores: p·(δ − Σ p·δ).
   *
   * @param p the softmax
   * @param delta gradient at p
   * @param at where both rows begin
   * @param length of the rows, a multiple of the vectors' length
   */
  static void backward(float[] p, float[] delta, int at, int length) {
    FloatVector sums = FloatVector.zero(FLOATS);
    for (int i = at; i < at + length; i += LANES) {
      sums = FloatVector.fromArray(FLOATS, p, i).fma(FloatVector.fromArray(FLOATS, delta, i), sums);
    }
    FloatVector mean = FloatVector.broadcast(FLOATS, sums.reduceLanes(VectorOperators.ADD));
    for (int i = at; i < at + length; i += LANES) {
      FloatVector difference = FloatVector.fromArray(FLOATS, delta, i).sub(mean);
      FloatVector.fromArray(FLOATS, p, i).mul(difference).intoArray(delta, i);
    }
  }

  /**
   * e to the power of x for x ≤ 0, within two units in the last place: 2ⁿ times Cephes' polynomial
   * of the rest. NaN stays NaN.
   */
  static FloatVector exp(FloatVector exponent) {
    FloatVector x = exponent.max(LEAST);
    FloatVector rounded = x.fma(FloatVector.broadcast(FLOATS, LOG2_E), constant(ROUND));
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
    return FloatVector.broadcast(FLOATS, value);
  }
}
