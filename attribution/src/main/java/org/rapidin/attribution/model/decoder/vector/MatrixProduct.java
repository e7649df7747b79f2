package org.rapidin.attribution.model.decoder.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Small matrix products in blocks of four rows times two vectors, which stay in registers. A number
 * of the result is always summed in the same order, wherever the blocks begin.
 *
 * <p>Vectors have 256 bits: heads of width 8 fill one, and processors that split 512 bits in two
 * lose nothing.
 */
final class MatrixProduct {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  static final int LANES = 8;

  private static final int ROWS = 4;

  private MatrixProduct() {}

  /**
   * Adds a·b to c.
   *
   * @param a [rows, depth]
   * @param b [depth, columns], with column stride 1
   * @param c [rows, columns], with column stride 1
   * @param columns a multiple of {@value #LANES}
   */
  static void add(Matrix a, Matrix b, Matrix c, int rows, int depth, int columns) {
    int column = 0;
    for (; column + 2 * LANES <= columns; column += 2 * LANES) {
      int row = 0;
      for (; row + ROWS <= rows; row += ROWS) {
        fourByTwo(a.fromRow(row), b.fromColumn(column), c.row(row) + column, c, depth);
      }
      for (; row < rows; row++) {
        oneByOne(a.fromRow(row), b.fromColumn(column), c.row(row) + column, c, depth);
        oneByOne(
            a.fromRow(row), b.fromColumn(column + LANES), c.row(row) + column + LANES, c, depth);
      }
    }
    if (column < columns) {
      lastVector(a, b.fromColumn(column), c.fromColumn(column), rows, depth);
    }
  }

  private static void lastVector(Matrix a, Matrix b, Matrix c, int rows, int depth) {
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      fourByOne(a.fromRow(row), b, c.row(row), c, depth);
    }
    for (; row < rows; row++) {
      oneByOne(a.fromRow(row), b, c.row(row), c, depth);
    }
  }

  private static void fourByTwo(Matrix a, Matrix b, int at, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int rows = a.rowStride();
    int x0 = a.offset();
    int y0 = b.offset();
    int z1 = at + c.rowStride();
    int z2 = z1 + c.rowStride();
    int z3 = z2 + c.rowStride();
    FloatVector s0 = FloatVector.fromArray(FLOATS, z, at);
    FloatVector s1 = FloatVector.fromArray(FLOATS, z, z1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, z, z2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, z, z3);
    FloatVector t0 = FloatVector.fromArray(FLOATS, z, at + LANES);
    FloatVector t1 = FloatVector.fromArray(FLOATS, z, z1 + LANES);
    FloatVector t2 = FloatVector.fromArray(FLOATS, z, z2 + LANES);
    FloatVector t3 = FloatVector.fromArray(FLOATS, z, z3 + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector left = FloatVector.fromArray(FLOATS, y, y0);
      FloatVector right = FloatVector.fromArray(FLOATS, y, y0 + LANES);
      FloatVector m0 = FloatVector.broadcast(FLOATS, x[x0]);
      FloatVector m1 = FloatVector.broadcast(FLOATS, x[x0 + rows]);
      FloatVector m2 = FloatVector.broadcast(FLOATS, x[x0 + 2 * rows]);
      FloatVector m3 = FloatVector.broadcast(FLOATS, x[x0 + 3 * rows]);
      s0 = m0.fma(left, s0);
      s1 = m1.fma(left, s1);
      s2 = m2.fma(left, s2);
      s3 = m3.fma(left, s3);
      t0 = m0.fma(right, t0);
      t1 = m1.fma(right, t1);
      t2 = m2.fma(right, t2);
      t3 = m3.fma(right, t3);
      x0 += a.columnStride();
      y0 += b.rowStride();
    }
    s0.intoArray(z, at);
    s1.intoArray(z, z1);
    s2.intoArray(z, z2);
    s3.intoArray(z, z3);
    t0.intoArray(z, at + LANES);
    t1.intoArray(z, z1 + LANES);
    t2.intoArray(z, z2 + LANES);
    t3.intoArray(z, z3 + LANES);
  }

  private static void fourByOne(Matrix a, Matrix b, int at, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int rows = a.rowStride();
    int x0 = a.offset();
    int y0 = b.offset();
    int z1 = at + c.rowStride();
    int z2 = z1 + c.rowStride();
    int z3 = z2 + c.rowStride();
    FloatVector s0 = FloatVector.fromArray(FLOATS, z, at);
    FloatVector s1 = FloatVector.fromArray(FLOATS, z, z1);
    FloatVector s2 = FloatVector.fromArray(FLOATS, z, z2);
    FloatVector s3 = FloatVector.fromArray(FLOATS, z, z3);
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(FLOATS, y, y0);
      s0 = FloatVector.broadcast(FLOATS, x[x0]).fma(v, s0);
      s1 = FloatVector.broadcast(FLOATS, x[x0 + rows]).fma(v, s1);
      s2 = FloatVector.broadcast(FLOATS, x[x0 + 2 * rows]).fma(v, s2);
      s3 = FloatVector.broadcast(FLOATS, x[x0 + 3 * rows]).fma(v, s3);
      x0 += a.columnStride();
      y0 += b.rowStride();
    }
    s0.intoArray(z, at);
    s1.intoArray(z, z1);
    s2.intoArray(z, z2);
    s3.intoArray(z, z3);
  }

  private static void oneByOne(Matrix a, Matrix b, int at, Matrix c, int depth) {
    FloatVector sum = FloatVector.fromArray(FLOATS, c.numbers(), at);
    int x0 = a.offset();
    int y0 = b.offset();
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(FLOATS, b.numbers(), y0);
      sum = FloatVector.broadcast(FLOATS, a.numbers()[x0]).fma(v, sum);
      x0 += a.columnStride();
      y0 += b.rowStride();
    }
    sum.intoArray(c.numbers(), at);
  }
}
