package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What {@value ColumnSoftmax#COLUMNS} queries of a head of width {@value NarrowHead#WIDTH} add to
 * the gradients of keys and values. A vector is a row, and the rows of eight queries stay in
 * registers. Matrices are row-major without gaps.
 */
final class NarrowRows {
  private static final VectorSpecies<Float> ROW = FloatVector.SPECIES_256;
  private static final int WIDTH = NarrowHead.WIDTH;
  private static final int QUERIES = 8;

  private NarrowRows() {}

  private static FloatVector get(float[] rows, int row) {
    return FloatVector.fromArray(ROW, rows, row * WIDTH);
  }

  private static FloatVector all(float number) {
    return FloatVector.broadcast(ROW, number);
  }

  /**
   * Adds a·x to rows of c and b·y to rows of d.
   *
   * @param a [seen, {@value ColumnSoftmax#COLUMNS}], as b
   * @param x [{@value ColumnSoftmax#COLUMNS}, {@value NarrowHead#WIDTH}], as y
   * @param c [T, {@value NarrowHead#WIDTH}], as d
   * @param first row of c and d that is added to
   * @param seen how many rows
   */
  static void add(
      float[] a, float[] x, float[] c, float[] b, float[] y, float[] d, int first, int seen) {
    for (int query = 0; query < COLUMNS; query += QUERIES) {
      eight(a, x, c, b, y, d, first, seen, query);
    }
  }

  private static void eight(
      float[] a,
      float[] x,
      float[] c,
      float[] b,
      float[] y,
      float[] d,
      int first,
      int seen,
      int query) {
    FloatVector v0 = get(x, query);
    FloatVector w0 = get(y, query);
    FloatVector v1 = get(x, query + 1);
    FloatVector w1 = get(y, query + 1);
    FloatVector v2 = get(x, query + 2);
    FloatVector w2 = get(y, query + 2);
    FloatVector v3 = get(x, query + 3);
    FloatVector w3 = get(y, query + 3);
    FloatVector v4 = get(x, query + 4);
    FloatVector w4 = get(y, query + 4);
    FloatVector v5 = get(x, query + 5);
    FloatVector w5 = get(y, query + 5);
    FloatVector v6 = get(x, query + 6);
    FloatVector w6 = get(y, query + 6);
    FloatVector v7 = get(x, query + 7);
    FloatVector w7 = get(y, query + 7);
    for (int row = 0; row < seen; row++) {
      FloatVector s = get(c, first + row);
      FloatVector t = FloatVector.zero(ROW);
      FloatVector p = get(d, first + row);
      FloatVector q = FloatVector.zero(ROW);
      s = all(a[row * COLUMNS + query]).fma(v0, s);
      p = all(b[row * COLUMNS + query]).fma(w0, p);
      t = all(a[row * COLUMNS + query + 1]).fma(v1, t);
      q = all(b[row * COLUMNS + query + 1]).fma(w1, q);
      s = all(a[row * COLUMNS + query + 2]).fma(v2, s);
      p = all(b[row * COLUMNS + query + 2]).fma(w2, p);
      t = all(a[row * COLUMNS + query + 3]).fma(v3, t);
      q = all(b[row * COLUMNS + query + 3]).fma(w3, q);
      s = all(a[row * COLUMNS + query + 4]).fma(v4, s);
      p = all(b[row * COLUMNS + query + 4]).fma(w4, p);
      t = all(a[row * COLUMNS + query + 5]).fma(v5, t);
      q = all(b[row * COLUMNS + query + 5]).fma(w5, q);
      s = all(a[row * COLUMNS + query + 6]).fma(v6, s);
      p = all(b[row * COLUMNS + query + 6]).fma(w6, p);
      t = all(a[row * COLUMNS + query + 7]).fma(v7, t);
      q = all(b[row * COLUMNS + query + 7]).fma(w7, q);
      s.add(t).intoArray(c, (first + row) * WIDTH);
      p.add(q).intoArray(d, (first + row) * WIDTH);
    }
  }
}
