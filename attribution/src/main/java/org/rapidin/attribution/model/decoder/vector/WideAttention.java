package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;

import java.util.Arrays;

/** Attention of heads whose width is a multiple of 8. */
final class WideAttention implements CausalAttention {
  private final int length;
  private final int width;
  private final int window;
  private final Matrix keys;
  private final Matrix values;
  private final Matrix queriesAcross;
  private final Matrix deltasAcross;
  private final Matrix scores;
  private final Matrix deltas;

  WideAttention(Matrix keys, Matrix values, int length, int width, int window) {
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

  @Override
  public void forward(Matrix queries, Matrix mixed) {
    for (int query = 0; query < length; query += COLUMNS) {
      QueryBlock block = QueryBlock.of(query, length, window);
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
  private void weigh(Matrix queries, QueryBlock block) {
    multiply(keys, queries, queriesAcross, block, scores);
    block.hide(scores.numbers(), Float.NEGATIVE_INFINITY);
    ColumnSoftmax.forward(scores.numbers(), block.seen());
    block.hide(scores.numbers(), 0);
  }

  /** The inner products of a block's keys with its queries. */
  private void multiply(
      Matrix keys, Matrix queries, Matrix across, QueryBlock block, Matrix products) {
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

  @Override
  public void backward(
      Matrix queries,
      Matrix mixed,
      Matrix delta,
      Matrix toQueries,
      Matrix toKeys,
      Matrix toValues) {
    for (int query = 0; query < length; query += COLUMNS) {
      QueryBlock block = QueryBlock.of(query, length, window);
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

  private void addToKeys(Matrix factors, Matrix rows, Matrix target, QueryBlock block) {
    MatrixProduct.add(
        factors,
        rows.fromRow(block.query()),
        target.fromRow(block.key()),
        block.seen(),
        block.count(),
        width);
  }
}
