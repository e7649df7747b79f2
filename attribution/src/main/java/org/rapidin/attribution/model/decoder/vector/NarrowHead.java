package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;
import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;

/**
 * Products of {@value ColumnSoftmax#COLUMNS} queries with the keys and values of a head of width
 * {@value #WIDTH}. A lane belongs to a query, and the numbers of all queries stay in registers.
 * Numbers of each query are stored transposed, [{@value #WIDTH}, {@value ColumnSoftmax#COLUMNS}].
 * Keys and values are [T, {@value #WIDTH}] without gaps, because the compiler moves checks of
 * bounds out of a loop only if an index is a constant times the counter plus a constant.
 *
 * <p>Each method is long enough that the compiler does not inline it. Several of them in one caller
 * exceed its limit of nodes, and then it makes objects of vectors, which takes four times as long.
 */
final class NarrowHead {
  static final int WIDTH = 8;

  private NarrowHead() {}

  /**
   * Computes inner products of rows with queries.
   *
   * @param rows keys or values, [T, {@value #WIDTH}]
   * @param first row, as in the following methods
   * @param across queries
   * @param products [seen, {@value ColumnSoftmax#COLUMNS}], replaced
   * @param seen how many rows, as in the following methods
   */
  static void multiply(float[] rows, int first, float[] across, float[] products, int seen) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector q0 = FloatVector.fromArray(WIDE, across, column);
      FloatVector q1 = FloatVector.fromArray(WIDE, across, COLUMNS + column);
      FloatVector q2 = FloatVector.fromArray(WIDE, across, 2 * COLUMNS + column);
      FloatVector q3 = FloatVector.fromArray(WIDE, across, 3 * COLUMNS + column);
      FloatVector q4 = FloatVector.fromArray(WIDE, across, 4 * COLUMNS + column);
      FloatVector q5 = FloatVector.fromArray(WIDE, across, 5 * COLUMNS + column);
      FloatVector q6 = FloatVector.fromArray(WIDE, across, 6 * COLUMNS + column);
      FloatVector q7 = FloatVector.fromArray(WIDE, across, 7 * COLUMNS + column);
      for (int row = 0; row < seen; row++) {
        int at = (first + row) * WIDTH;
        FloatVector even = q0.mul(rows[at]);
        FloatVector odd = q1.mul(rows[at + 1]);
        even = q2.fma(FloatVector.broadcast(WIDE, rows[at + 2]), even);
        odd = q3.fma(FloatVector.broadcast(WIDE, rows[at + 3]), odd);
        even = q4.fma(FloatVector.broadcast(WIDE, rows[at + 4]), even);
        odd = q5.fma(FloatVector.broadcast(WIDE, rows[at + 5]), odd);
        even = q6.fma(FloatVector.broadcast(WIDE, rows[at + 6]), even);
        odd = q7.fma(FloatVector.broadcast(WIDE, rows[at + 7]), odd);
        even.add(odd).intoArray(products, row * COLUMNS + column);
      }
    }
  }

  /**
   * Computes each query's weighted sum of rows.
   *
   * @param weights [seen, {@value ColumnSoftmax#COLUMNS}]
   * @param sums across, replaced
   */
  static void mix(float[] weights, float[] rows, int first, float[] sums, int seen) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector s0 = FloatVector.zero(WIDE);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      FloatVector s4 = s0;
      FloatVector s5 = s0;
      FloatVector s6 = s0;
      FloatVector s7 = s0;
      for (int row = 0; row < seen; row++) {
        int at = (first + row) * WIDTH;
        FloatVector weight = FloatVector.fromArray(WIDE, weights, row * COLUMNS + column);
        s0 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 0]), s0);
        s1 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 1]), s1);
        s2 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 2]), s2);
        s3 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 3]), s3);
        s4 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 4]), s4);
        s5 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 5]), s5);
        s6 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 6]), s6);
        s7 = weight.fma(FloatVector.broadcast(WIDE, rows[at + 7]), s7);
      }
      s0.intoArray(sums, column);
      s1.intoArray(sums, COLUMNS + column);
      s2.intoArray(sums, 2 * COLUMNS + column);
      s3.intoArray(sums, 3 * COLUMNS + column);
      s4.intoArray(sums, 4 * COLUMNS + column);
      s5.intoArray(sums, 5 * COLUMNS + column);
      s6.intoArray(sums, 6 * COLUMNS + column);
      s7.intoArray(sums, 7 * COLUMNS + column);
    }
  }

  /**
   * The backward pass of a softmax and of {@link #mix}: computes the gradients at the scores,
   * p·(δ·value − mean), where p is the softmax and the mean is over p, and each query's sum of keys
   * that these weigh.
   *
   * @param weights p
   * @param deltas receives the gradients at the scores
   * @param across δ at the queries' sums, replaced by the gradients at the queries
   * @param means of each query, negative
   */
  static void differentiate(
      float[] weights,
      float[] deltas,
      float[] keys,
      float[] values,
      int first,
      float[] across,
      float[] means,
      int seen) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector mean = FloatVector.fromArray(WIDE, means, column);
      FloatVector d0 = FloatVector.fromArray(WIDE, across, column);
      FloatVector d1 = FloatVector.fromArray(WIDE, across, COLUMNS + column);
      FloatVector d2 = FloatVector.fromArray(WIDE, across, 2 * COLUMNS + column);
      FloatVector d3 = FloatVector.fromArray(WIDE, across, 3 * COLUMNS + column);
      FloatVector d4 = FloatVector.fromArray(WIDE, across, 4 * COLUMNS + column);
      FloatVector d5 = FloatVector.fromArray(WIDE, across, 5 * COLUMNS + column);
      FloatVector d6 = FloatVector.fromArray(WIDE, across, 6 * COLUMNS + column);
      FloatVector d7 = FloatVector.fromArray(WIDE, across, 7 * COLUMNS + column);
      FloatVector s0 = FloatVector.zero(WIDE);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      FloatVector s4 = s0;
      FloatVector s5 = s0;
      FloatVector s6 = s0;
      FloatVector s7 = s0;
      for (int row = 0; row < seen; row++) {
        int at = (first + row) * WIDTH;
        FloatVector even = d0.mul(values[at]);
        FloatVector odd = d1.mul(values[at + 1]);
        even = d2.fma(FloatVector.broadcast(WIDE, values[at + 2]), even);
        odd = d3.fma(FloatVector.broadcast(WIDE, values[at + 3]), odd);
        even = d4.fma(FloatVector.broadcast(WIDE, values[at + 4]), even);
        odd = d5.fma(FloatVector.broadcast(WIDE, values[at + 5]), odd);
        even = d6.fma(FloatVector.broadcast(WIDE, values[at + 6]), even);
        odd = d7.fma(FloatVector.broadcast(WIDE, values[at + 7]), odd);
        FloatVector delta =
            FloatVector.fromArray(WIDE, weights, row * COLUMNS + column)
                .mul(even.add(odd).add(mean));
        delta.intoArray(deltas, row * COLUMNS + column);
        s0 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 0]), s0);
        s1 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 1]), s1);
        s2 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 2]), s2);
        s3 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 3]), s3);
        s4 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 4]), s4);
        s5 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 5]), s5);
        s6 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 6]), s6);
        s7 = delta.fma(FloatVector.broadcast(WIDE, keys[at + 7]), s7);
      }
      s0.intoArray(across, column);
      s1.intoArray(across, COLUMNS + column);
      s2.intoArray(across, 2 * COLUMNS + column);
      s3.intoArray(across, 3 * COLUMNS + column);
      s4.intoArray(across, 4 * COLUMNS + column);
      s5.intoArray(across, 5 * COLUMNS + column);
      s6.intoArray(across, 6 * COLUMNS + column);
      s7.intoArray(across, 7 * COLUMNS + column);
    }
  }
}
