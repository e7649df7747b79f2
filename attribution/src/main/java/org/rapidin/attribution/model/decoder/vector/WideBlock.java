package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;
import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;

/**
 * Adds a·b to eight rows of c, one or two wide vectors of each, whose sums stay in registers. The
 * index of a number of a is a constant factor times k plus a constant: only then the compiler moves
 * the checks of its bounds out of the loop, which saves a quarter of the time.
 */
final class WideBlock {
  private WideBlock() {}

  /** Of a row-major matrix. */
  static void rows(Matrix a, Matrix b, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int x0 = a.row(0);
    int x1 = a.row(1);
    int x2 = a.row(2);
    int x3 = a.row(3);
    int x4 = a.row(4);
    int x5 = a.row(5);
    int x6 = a.row(6);
    int x7 = a.row(7);
    int y0 = b.offset();
    FloatVector s0 = FloatVector.fromArray(WIDE, z, c.row(0));
    FloatVector s1 = FloatVector.fromArray(WIDE, z, c.row(1));
    FloatVector s2 = FloatVector.fromArray(WIDE, z, c.row(2));
    FloatVector s3 = FloatVector.fromArray(WIDE, z, c.row(3));
    FloatVector s4 = FloatVector.fromArray(WIDE, z, c.row(4));
    FloatVector s5 = FloatVector.fromArray(WIDE, z, c.row(5));
    FloatVector s6 = FloatVector.fromArray(WIDE, z, c.row(6));
    FloatVector s7 = FloatVector.fromArray(WIDE, z, c.row(7));
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(WIDE, y, y0);
      s0 = FloatVector.broadcast(WIDE, x[x0 + k]).fma(v, s0);
      s1 = FloatVector.broadcast(WIDE, x[x1 + k]).fma(v, s1);
      s2 = FloatVector.broadcast(WIDE, x[x2 + k]).fma(v, s2);
      s3 = FloatVector.broadcast(WIDE, x[x3 + k]).fma(v, s3);
      s4 = FloatVector.broadcast(WIDE, x[x4 + k]).fma(v, s4);
      s5 = FloatVector.broadcast(WIDE, x[x5 + k]).fma(v, s5);
      s6 = FloatVector.broadcast(WIDE, x[x6 + k]).fma(v, s6);
      s7 = FloatVector.broadcast(WIDE, x[x7 + k]).fma(v, s7);
      y0 += b.rowStride();
    }
    s0.intoArray(z, c.row(0));
    s1.intoArray(z, c.row(1));
    s2.intoArray(z, c.row(2));
    s3.intoArray(z, c.row(3));
    s4.intoArray(z, c.row(4));
    s5.intoArray(z, c.row(5));
    s6.intoArray(z, c.row(6));
    s7.intoArray(z, c.row(7));
  }

  /** Of a transposed matrix that has {@value ColumnSoftmax#COLUMNS} columns. */
  static void columns(Matrix a, Matrix b, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int x0 = a.offset();
    int y0 = b.offset();
    FloatVector s0 = FloatVector.fromArray(WIDE, z, c.row(0));
    FloatVector s1 = FloatVector.fromArray(WIDE, z, c.row(1));
    FloatVector s2 = FloatVector.fromArray(WIDE, z, c.row(2));
    FloatVector s3 = FloatVector.fromArray(WIDE, z, c.row(3));
    FloatVector s4 = FloatVector.fromArray(WIDE, z, c.row(4));
    FloatVector s5 = FloatVector.fromArray(WIDE, z, c.row(5));
    FloatVector s6 = FloatVector.fromArray(WIDE, z, c.row(6));
    FloatVector s7 = FloatVector.fromArray(WIDE, z, c.row(7));
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(WIDE, y, y0);
      s0 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS]).fma(v, s0);
      s1 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 1]).fma(v, s1);
      s2 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 2]).fma(v, s2);
      s3 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 3]).fma(v, s3);
      s4 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 4]).fma(v, s4);
      s5 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 5]).fma(v, s5);
      s6 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 6]).fma(v, s6);
      s7 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 7]).fma(v, s7);
      y0 += b.rowStride();
    }
    s0.intoArray(z, c.row(0));
    s1.intoArray(z, c.row(1));
    s2.intoArray(z, c.row(2));
    s3.intoArray(z, c.row(3));
    s4.intoArray(z, c.row(4));
    s5.intoArray(z, c.row(5));
    s6.intoArray(z, c.row(6));
    s7.intoArray(z, c.row(7));
  }

  /** As {@link #rows}, two vectors; needs 20 registers. */
  static void rowsTwice(Matrix a, Matrix b, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int x0 = a.row(0);
    int x1 = a.row(1);
    int x2 = a.row(2);
    int x3 = a.row(3);
    int x4 = a.row(4);
    int x5 = a.row(5);
    int x6 = a.row(6);
    int x7 = a.row(7);
    int y0 = b.offset();
    int next = WIDE.length();
    FloatVector s0 = FloatVector.fromArray(WIDE, z, c.row(0));
    FloatVector t0 = FloatVector.fromArray(WIDE, z, c.row(0) + next);
    FloatVector s1 = FloatVector.fromArray(WIDE, z, c.row(1));
    FloatVector t1 = FloatVector.fromArray(WIDE, z, c.row(1) + next);
    FloatVector s2 = FloatVector.fromArray(WIDE, z, c.row(2));
    FloatVector t2 = FloatVector.fromArray(WIDE, z, c.row(2) + next);
    FloatVector s3 = FloatVector.fromArray(WIDE, z, c.row(3));
    FloatVector t3 = FloatVector.fromArray(WIDE, z, c.row(3) + next);
    FloatVector s4 = FloatVector.fromArray(WIDE, z, c.row(4));
    FloatVector t4 = FloatVector.fromArray(WIDE, z, c.row(4) + next);
    FloatVector s5 = FloatVector.fromArray(WIDE, z, c.row(5));
    FloatVector t5 = FloatVector.fromArray(WIDE, z, c.row(5) + next);
    FloatVector s6 = FloatVector.fromArray(WIDE, z, c.row(6));
    FloatVector t6 = FloatVector.fromArray(WIDE, z, c.row(6) + next);
    FloatVector s7 = FloatVector.fromArray(WIDE, z, c.row(7));
    FloatVector t7 = FloatVector.fromArray(WIDE, z, c.row(7) + next);
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(WIDE, y, y0);
      FloatVector w = FloatVector.fromArray(WIDE, y, y0 + next);
      FloatVector f0 = FloatVector.broadcast(WIDE, x[x0 + k]);
      s0 = f0.fma(v, s0);
      t0 = f0.fma(w, t0);
      FloatVector f1 = FloatVector.broadcast(WIDE, x[x1 + k]);
      s1 = f1.fma(v, s1);
      t1 = f1.fma(w, t1);
      FloatVector f2 = FloatVector.broadcast(WIDE, x[x2 + k]);
      s2 = f2.fma(v, s2);
      t2 = f2.fma(w, t2);
      FloatVector f3 = FloatVector.broadcast(WIDE, x[x3 + k]);
      s3 = f3.fma(v, s3);
      t3 = f3.fma(w, t3);
      FloatVector f4 = FloatVector.broadcast(WIDE, x[x4 + k]);
      s4 = f4.fma(v, s4);
      t4 = f4.fma(w, t4);
      FloatVector f5 = FloatVector.broadcast(WIDE, x[x5 + k]);
      s5 = f5.fma(v, s5);
      t5 = f5.fma(w, t5);
      FloatVector f6 = FloatVector.broadcast(WIDE, x[x6 + k]);
      s6 = f6.fma(v, s6);
      t6 = f6.fma(w, t6);
      FloatVector f7 = FloatVector.broadcast(WIDE, x[x7 + k]);
      s7 = f7.fma(v, s7);
      t7 = f7.fma(w, t7);
      y0 += b.rowStride();
    }
    s0.intoArray(z, c.row(0));
    t0.intoArray(z, c.row(0) + next);
    s1.intoArray(z, c.row(1));
    t1.intoArray(z, c.row(1) + next);
    s2.intoArray(z, c.row(2));
    t2.intoArray(z, c.row(2) + next);
    s3.intoArray(z, c.row(3));
    t3.intoArray(z, c.row(3) + next);
    s4.intoArray(z, c.row(4));
    t4.intoArray(z, c.row(4) + next);
    s5.intoArray(z, c.row(5));
    t5.intoArray(z, c.row(5) + next);
    s6.intoArray(z, c.row(6));
    t6.intoArray(z, c.row(6) + next);
    s7.intoArray(z, c.row(7));
    t7.intoArray(z, c.row(7) + next);
  }

  /** As {@link #columns}, two vectors; needs 20 registers. */
  static void columnsTwice(Matrix a, Matrix b, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int x0 = a.offset();
    int y0 = b.offset();
    int next = WIDE.length();
    FloatVector s0 = FloatVector.fromArray(WIDE, z, c.row(0));
    FloatVector t0 = FloatVector.fromArray(WIDE, z, c.row(0) + next);
    FloatVector s1 = FloatVector.fromArray(WIDE, z, c.row(1));
    FloatVector t1 = FloatVector.fromArray(WIDE, z, c.row(1) + next);
    FloatVector s2 = FloatVector.fromArray(WIDE, z, c.row(2));
    FloatVector t2 = FloatVector.fromArray(WIDE, z, c.row(2) + next);
    FloatVector s3 = FloatVector.fromArray(WIDE, z, c.row(3));
    FloatVector t3 = FloatVector.fromArray(WIDE, z, c.row(3) + next);
    FloatVector s4 = FloatVector.fromArray(WIDE, z, c.row(4));
    FloatVector t4 = FloatVector.fromArray(WIDE, z, c.row(4) + next);
    FloatVector s5 = FloatVector.fromArray(WIDE, z, c.row(5));
    FloatVector t5 = FloatVector.fromArray(WIDE, z, c.row(5) + next);
    FloatVector s6 = FloatVector.fromArray(WIDE, z, c.row(6));
    FloatVector t6 = FloatVector.fromArray(WIDE, z, c.row(6) + next);
    FloatVector s7 = FloatVector.fromArray(WIDE, z, c.row(7));
    FloatVector t7 = FloatVector.fromArray(WIDE, z, c.row(7) + next);
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(WIDE, y, y0);
      FloatVector w = FloatVector.fromArray(WIDE, y, y0 + next);
      FloatVector f0 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS]);
      s0 = f0.fma(v, s0);
      t0 = f0.fma(w, t0);
      FloatVector f1 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 1]);
      s1 = f1.fma(v, s1);
      t1 = f1.fma(w, t1);
      FloatVector f2 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 2]);
      s2 = f2.fma(v, s2);
      t2 = f2.fma(w, t2);
      FloatVector f3 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 3]);
      s3 = f3.fma(v, s3);
      t3 = f3.fma(w, t3);
      FloatVector f4 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 4]);
      s4 = f4.fma(v, s4);
      t4 = f4.fma(w, t4);
      FloatVector f5 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 5]);
      s5 = f5.fma(v, s5);
      t5 = f5.fma(w, t5);
      FloatVector f6 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 6]);
      s6 = f6.fma(v, s6);
      t6 = f6.fma(w, t6);
      FloatVector f7 = FloatVector.broadcast(WIDE, x[x0 + k * COLUMNS + 7]);
      s7 = f7.fma(v, s7);
      t7 = f7.fma(w, t7);
      y0 += b.rowStride();
    }
    s0.intoArray(z, c.row(0));
    t0.intoArray(z, c.row(0) + next);
    s1.intoArray(z, c.row(1));
    t1.intoArray(z, c.row(1) + next);
    s2.intoArray(z, c.row(2));
    t2.intoArray(z, c.row(2) + next);
    s3.intoArray(z, c.row(3));
    t3.intoArray(z, c.row(3) + next);
    s4.intoArray(z, c.row(4));
    t4.intoArray(z, c.row(4) + next);
    s5.intoArray(z, c.row(5));
    t5.intoArray(z, c.row(5) + next);
    s6.intoArray(z, c.row(6));
    t6.intoArray(z, c.row(6) + next);
    s7.intoArray(z, c.row(7));
    t7.intoArray(z, c.row(7) + next);
  }
}
