package org.rapidin.attribution.model.decoder.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Causal attention of the heads that share keys and values, for one sequence. Queries are taken
 * {@value #BLOCK} at a time with the keys that they see, so that scores stay in the first-level
 * cache and nothing is computed above the diagonal. The backward pass computes the scores again.
 *
 * <p>Belongs to one thread. Takes T · (2 · width + 2 · {@value #BLOCK}) numbers of heap.
 */
public final class CausalAttention {
  private static final int BLOCK = 16;

  private final int length;
  private final int width;
  private final int window;
  private final int stride;
  private final Matrix keys;
  private final Matrix values;
  private final Matrix keysAcross;
  private final Matrix valuesAcross;
  private final float[] scores;
  private final float[] deltas;

  /**
   * Attention over keys and values.
   *
   * @param keys [T, width], with column stride 1
   * @param values [T, width], with column stride 1
   * @param length T
   * @param width of a head, a multiple of 8
   * @param window how many positions a query sees, itself included
   */
  public CausalAttention(Matrix keys, Matrix values, int length, int width, int window) {
    this.length = length;
    this.width = width;
    this.window = window;
    this.stride = up(length);
    this.keys = keys;
    this.values = values;
    this.keysAcross = across(keys);
    this.valuesAcross = across(values);
    this.scores = new float[BLOCK * stride];
    this.deltas = new float[BLOCK * stride];
  }

  /** Whether this processor has the vectors for it. */
  public static boolean isFast() {
    return FloatVector.SPECIES_PREFERRED.length() >= MatrixProduct.LANES;
  }

  /** Whether heads of a width can be computed. */
  public static boolean fits(int width) {
    return width % MatrixProduct.LANES == 0;
  }

  private static int up(int count) {
    return Math.ceilDiv(count, MatrixProduct.LANES) * MatrixProduct.LANES;
  }

  /** The transpose, its rows filled up with zeros. */
  private Matrix across(Matrix matrix) {
    float[] numbers = new float[width * stride];
    for (int t = 0; t < length; t++) {
      int row = matrix.row(t);
      for (int i = 0; i < width; i++) {
        numbers[i * stride + t] = matrix.numbers()[row + i];
      }
    }
    return Matrix.of(numbers, 0, stride);
  }

  /** What the queries from one on see: keys {@code first}, a multiple of 8, to {@code end}. */
  private record Block(int query, int count, int first, int end) {
    int columns() {
      return up(end - first);
    }
  }

  private Block block(int query) {
    int end = Math.min(length, query + BLOCK);
    int first = firstKey(query) / MatrixProduct.LANES * MatrixProduct.LANES;
    return new Block(query, end - query, first, end);
  }

  private int firstKey(int query) {
    return Math.max(0, query - window + 1);
  }

  /**
   * Adds each query's mean of the values, weighted by the softmax of its scores.
   *
   * @param queries one head's, [T, width], divided by √width
   * @param mixed [T, width], with column stride 1, added to
   */
  public void forward(Matrix queries, Matrix mixed) {
    for (int query = 0; query < length; query += BLOCK) {
      Block block = block(query);
      Matrix weights = weights(queries, block);
      MatrixProduct.add(
          weights,
          values.fromRow(block.first()),
          mixed.fromRow(query),
          block.count(),
          block.end() - block.first(),
          width);
    }
  }

  private Matrix weights(Matrix queries, Block block) {
    Matrix weights = product(queries, keysAcross, block, scores);
    for (int i = 0; i < block.count(); i++) {
      int query = block.query() + i;
      RowSoftmax.forward(
          scores,
          i * stride,
          firstKey(query) - block.first(),
          query + 1 - block.first(),
          block.columns());
    }
    return weights;
  }

  private Matrix product(Matrix rows, Matrix across, Block block, float[] into) {
    for (int i = 0; i < block.count(); i++) {
      Arrays.fill(into, i * stride, i * stride + block.columns(), 0);
    }
    Matrix result = Matrix.of(into, 0, stride);
    MatrixProduct.add(
        rows.fromRow(block.query()),
        across.fromColumn(block.first()),
        result,
        block.count(),
        width,
        block.columns());
    return result;
  }

  /**
   * Adds one head's gradients.
   *
   * @param queries as for {@link #forward}
   * @param delta gradient at the head's output, [T, width]
   * @param toQueries gradient at the queries, [T, width], added to, as the following two
   */
  public void backward(
      Matrix queries, Matrix delta, Matrix toQueries, Matrix toKeys, Matrix toValues) {
    for (int query = 0; query < length; query += BLOCK) {
      Block block = block(query);
      int seen = block.end() - block.first();
      Matrix p = weights(queries, block);
      Matrix d = product(delta, valuesAcross, block, deltas);
      Matrix rows = delta.fromRow(query);
      MatrixProduct.add(
          p.transposed(), rows, toValues.fromRow(block.first()), seen, block.count(), width);
      for (int i = 0; i < block.count(); i++) {
        RowSoftmax.backward(scores, deltas, i * stride, block.columns());
      }
      MatrixProduct.add(
          d, keys.fromRow(block.first()), toQueries.fromRow(query), block.count(), seen, width);
      MatrixProduct.add(
          d.transposed(),
          queries.fromRow(query),
          toKeys.fromRow(block.first()),
          seen,
          block.count(),
          width);
    }
  }
}
