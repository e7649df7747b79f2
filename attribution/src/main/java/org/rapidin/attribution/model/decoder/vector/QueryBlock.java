package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;
import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * At most {@value ColumnSoftmax#COLUMNS} queries, and the keys that any of them sees.
 *
 * @param query first query
 * @param count of queries
 * @param key first key
 * @param seen how many keys
 * @param window how many positions a query sees, itself included
 */
record QueryBlock(int query, int count, int key, int seen, int window) {
  private static final FloatVector LANES = FloatVector.zero(WIDE).addIndex(1);

  /** The block that begins at a query of a sequence. */
  static QueryBlock of(int query, int length, int window) {
    int count = Math.min(COLUMNS, length - query);
    int key = firstKey(query, window);
    return new QueryBlock(query, count, key, query + count - key, window);
  }

  private static int firstKey(int query, int window) {
    return Math.max(0, query - window + 1);
  }

  /**
   * Replaces the scores of what a query does not see.
   *
   * @param scores [seen, {@value ColumnSoftmax#COLUMNS}]; what is in columns without a query does
   *     not matter
   */
  void hide(float[] scores, float value) {
    for (int row = seen - count; row < seen; row++) {
      hide(scores, row, -1, key + row - query, value);
    }
    int left = firstKey(query + count - 1, window) - key;
    for (int row = 0; row < left; row++) {
      // The last query that sees the key is window - 1 positions behind it.
      hide(scores, row, key + row - query + window - 1, COLUMNS, value);
    }
  }

  /** Replaces a row's scores of queries between two others, without these. */
  private static void hide(float[] scores, int row, int after, int before, float value) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      int at = row * COLUMNS + column;
      VectorMask<Float> hidden =
          LANES
              .compare(VectorOperators.GT, after - column)
              .and(LANES.compare(VectorOperators.LT, before - column));
      FloatVector.fromArray(WIDE, scores, at).blend(value, hidden).intoArray(scores, at);
    }
  }
}
