package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;

/**
 * Attention of heads of width {@value NarrowHead#WIDTH}. Keys and values are copied, so that they
 * have no gaps.
 */
final class NarrowAttention implements CausalAttention {
  private final int length;
  private final int window;
  private final float[] keys;
  private final float[] values;
  private final float[] scores;
  private final float[] deltas;
  private final NarrowBlock queries = new NarrowBlock();
  private final NarrowBlock outputs = new NarrowBlock();
  private final NarrowBlock sums = new NarrowBlock();
  private final float[] products = new float[COLUMNS];

  NarrowAttention(Matrix keys, Matrix values, int length, int window) {
    this.length = length;
    this.window = window;
    this.keys = NarrowBlock.copy(keys, length);
    this.values = NarrowBlock.copy(values, length);
    this.scores = new float[length * COLUMNS];
    this.deltas = new float[length * COLUMNS];
  }

  @Override
  public void forward(Matrix queries, Matrix mixed) {
    for (int query = 0; query < length; query += COLUMNS) {
      QueryBlock block = QueryBlock.of(query, length, window);
      weigh(queries, block);
      NarrowHead.mix(scores, values, block.key(), outputs.across(), block.seen());
      outputs.write(mixed, query, block.count());
    }
  }

  /** Computes the weights of a block's queries. */
  private void weigh(Matrix all, QueryBlock block) {
    queries.read(all, block.query(), block.count());
    NarrowHead.multiply(keys, block.key(), queries.across(), scores, block.seen());
    block.hide(scores, Float.NEGATIVE_INFINITY);
    ColumnSoftmax.forward(scores, block.seen());
    block.hide(scores, 0);
  }

  @Override
  public void backward(
      Matrix queries,
      Matrix mixed,
      Matrix delta,
      Matrix toQueries,
      Matrix toKeys,
      Matrix toValues) {
    float[] keySums = new float[keys.length];
    float[] valueSums = new float[keys.length];
    for (int query = 0; query < length; query += COLUMNS) {
      QueryBlock block = QueryBlock.of(query, length, window);
      weigh(queries, block);
      differentiate(mixed, delta, block);
      outputs.write(toQueries, query, block.count());
      NarrowRows.add(
          scores,
          outputs.rows(),
          valueSums,
          deltas,
          this.queries.rows(),
          keySums,
          block.key(),
          block.seen());
    }
    NarrowBlock.add(keySums, toKeys);
    NarrowBlock.add(valueSums, toValues);
  }

  /** Computes a block's gradients at its scores and, across the outputs, at its queries. */
  private void differentiate(Matrix mixed, Matrix delta, QueryBlock block) {
    outputs.read(delta, block.query(), block.count());
    sums.read(mixed, block.query(), block.count());
    outputs.multiply(sums, products);
    NarrowHead.differentiate(
        scores, deltas, keys, values, block.key(), outputs.across(), products, block.seen());
  }
}
