package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Causal attention of the heads that share keys and values, for one sequence. Queries are taken 16
 * at a time with the keys that they see: one vector has a key's scores of all of them, scores stay
 * in the cache, and nothing is computed above the diagonal. The backward pass computes the scores
 * again.
 *
 * <p>Belongs to one thread. Takes 32 · (T + width) numbers of heap.
 */
public final class CausalAttention {
  private final int length;
  private final int width;
  private final int window;
  private final Matrix keys;
  private final Matrix values;
  private final Matrix queriesAcross;
  private final Matrix deltasAcross;
  private final Matrix scores;
  private final Matrix deltas;

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
    this.keys = keys;
    this.values = values;
    this.queriesAcross = columns(width);
    this.deltasAcross = columns(width);
    this.scores = columns(length);
    this.deltas = columns(length);
  }

  private static Matrix columns(int rows) {
    return Matrix.of(new float[rows * COLUMNS], 0, COLUMNS);
  }

  /** Whether heads of a width can be computed. */
  public static boolean fits(int width) {
    return width % FloatVector.SPECIES_256.length() == 0;
  }

  /**
   * Queries, and the keys that any of them sees.
   *
   * @param query first query
   * @param count of queries
   * @param key first key
   * @param seen how many keys
   */
  private record Block(int query, int count, int key, int seen) {}

  private Block block(int query) {
    int count = Math.min(COLUMNS, length - query);
    int key = firstKey(query);
    return new Block(query, count, key, query + count - key);
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
    for (int query = 0; query < length; query += COLUMNS) {
      Block block = block(query);
      weigh(queries, block);
      MatrixProduct.add(
          scores.transposed(),
          values.fromRow(block.key()),
          mixed.fromRow(query),
          block.count(),
          block.seen(),
          width);
    }
  }

  /** Computes the weights of a block, [seen, {@value ColumnSoftmax#COLUMNS}]. */
  private void weigh(Matrix queries, Block block) {
    multiply(keys, queries, queriesAcross, block, scores);
    hide(block, Float.NEGATIVE_INFINITY);
    ColumnSoftmax.forward(scores.numbers(), block.seen());
    hide(block, 0);
  }

  /** The inner products of a block's keys with its queries. */
  private void multiply(Matrix keys, Matrix queries, Matrix across, Block block, Matrix products) {
    Arrays.fill(across.numbers(), 0);
    for (int i = 0; i < block.count(); i++) {
      int row = queries.row(block.query() + i);
      for (int k = 0; k < width; k++) {
        across.numbers()[k * COLUMNS + i] = queries.numbers()[row + k];
      }
    }
    Arrays.fill(products.numbers(), 0, block.seen() * COLUMNS, 0);
    MatrixProduct.add(keys.fromRow(block.key()), across, products, block.seen(), width, COLUMNS);
  }

  /** Sets the scores of what a query does not see. */
  private void hide(Block block, float value) {
    float[] numbers = scores.numbers();
    for (int i = 0; i < block.count(); i++) {
      int first = firstKey(block.query() + i) - block.key();
      for (int row = 0; row < first; row++) {
        numbers[row * COLUMNS + i] = value;
      }
      for (int row = block.query() + i + 1 - block.key(); row < block.seen(); row++) {
        numbers[row * COLUMNS + i] = value;
      }
    }
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
    for (int query = 0; query < length; query += COLUMNS) {
      Block block = block(query);
      weigh(queries, block);
      multiply(values, delta, deltasAcross, block, deltas);
      addToKeys(scores, delta, toValues, block);
      ColumnSoftmax.backward(scores.numbers(), deltas.numbers(), block.seen());
      addToKeys(deltas, queries, toKeys, block);
      MatrixProduct.add(
          deltas.transposed(),
          keys.fromRow(block.key()),
          toQueries.fromRow(query),
          block.count(),
          block.seen(),
          width);
    }
  }

  private void addToKeys(Matrix factors, Matrix rows, Matrix target, Block block) {
    MatrixProduct.add(
        factors,
        rows.fromRow(block.query()),
        target.fromRow(block.key()),
        block.seen(),
        block.count(),
        width);
  }
}
