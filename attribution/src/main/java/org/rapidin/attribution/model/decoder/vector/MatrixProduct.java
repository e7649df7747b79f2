package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Small matrix products in blocks of eight rows times one or two vectors, which stay in registers.
 * Each number of a result is summed in the order of the depth, wherever the blocks begin.
 *
 * <p>The species are static constants because only then the compiler makes vector instructions of
 * this; so each has its own methods. Eight sums hide the latency of one.
 */
final class MatrixProduct {
  private static final VectorSpecies<Float> NARROW = FloatVector.SPECIES_256;
  private static final int ROWS = 8;

  /** AVX-512 has 32 vector registers, AVX2 16. */
  private static final boolean MANY_REGISTERS = WIDE.length() == 16;

  private MatrixProduct() {}

  /**
   * Adds a·b to c.
   *
   * @param a [rows, depth], row-major, or the transpose of a row-major matrix of {@value
   *     ColumnSoftmax#COLUMNS} columns
   * @param b [depth, columns], with column stride 1
   * @param c [rows, columns], with column stride 1
   * @param columns a multiple of 8
   */
  static void add(Matrix a, Matrix b, Matrix c, int rows, int depth, int columns) {
    int column = 0;
    for (; MANY_REGISTERS && column + 2 * WIDE.length() <= columns; column += 2 * WIDE.length()) {
      addTwice(a, b.fromColumn(column), c.fromColumn(column), rows, depth);
    }
    for (; column + WIDE.length() <= columns; column += WIDE.length()) {
      addWide(a, b.fromColumn(column), c.fromColumn(column), rows, depth);
    }
    for (; column < columns; column += NARROW.length()) {
      addNarrow(a, b.fromColumn(column), c.fromColumn(column), rows, depth);
    }
  }

  private static void addTwice(Matrix a, Matrix b, Matrix c, int rows, int depth) {
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      if (a.columnStride() == 1) {
        WideBlock.rowsTwice(a.fromRow(row), b, c.fromRow(row), depth);
      } else {
        WideBlock.columnsTwice(a.fromRow(row), b, c.fromRow(row), depth);
      }
    }
    int next = WIDE.length();
    for (; row < rows; row++) {
      oneWide(a.fromRow(row), b, c.fromRow(row), depth);
      oneWide(a.fromRow(row), b.fromColumn(next), c.fromRow(row).fromColumn(next), depth);
    }
  }

  private static void addWide(Matrix a, Matrix b, Matrix c, int rows, int depth) {
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      if (a.columnStride() == 1) {
        WideBlock.rows(a.fromRow(row), b, c.fromRow(row), depth);
      } else {
        WideBlock.columns(a.fromRow(row), b, c.fromRow(row), depth);
      }
    }
    for (; row < rows; row++) {
      oneWide(a.fromRow(row), b, c.fromRow(row), depth);
    }
  }

  private static void addNarrow(Matrix a, Matrix b, Matrix c, int rows, int depth) {
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      eightNarrow(a.fromRow(row), b, c.fromRow(row), depth);
    }
    for (; row < rows; row++) {
      oneNarrow(a.fromRow(row), b, c.fromRow(row), depth);
    }
  }

  /** Eight rows of one narrow vector. */
  private static void eightNarrow(Matrix a, Matrix b, Matrix c, int depth) {
    float[] x = a.numbers();
    float[] y = b.numbers();
    float[] z = c.numbers();
    int down = a.rowStride();
    int x0 = a.offset();
    int y0 = b.offset();
    FloatVector s0 = FloatVector.fromArray(NARROW, z, c.row(0));
    FloatVector s1 = FloatVector.fromArray(NARROW, z, c.row(1));
    FloatVector s2 = FloatVector.fromArray(NARROW, z, c.row(2));
    FloatVector s3 = FloatVector.fromArray(NARROW, z, c.row(3));
    FloatVector s4 = FloatVector.fromArray(NARROW, z, c.row(4));
    FloatVector s5 = FloatVector.fromArray(NARROW, z, c.row(5));
    FloatVector s6 = FloatVector.fromArray(NARROW, z, c.row(6));
    FloatVector s7 = FloatVector.fromArray(NARROW, z, c.row(7));
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(NARROW, y, y0);
      s0 = FloatVector.broadcast(NARROW, x[x0]).fma(v, s0);
      s1 = FloatVector.broadcast(NARROW, x[x0 + down]).fma(v, s1);
      s2 = FloatVector.broadcast(NARROW, x[x0 + 2 * down]).fma(v, s2);
      s3 = FloatVector.broadcast(NARROW, x[x0 + 3 * down]).fma(v, s3);
      s4 = FloatVector.broadcast(NARROW, x[x0 + 4 * down]).fma(v, s4);
      s5 = FloatVector.broadcast(NARROW, x[x0 + 5 * down]).fma(v, s5);
      s6 = FloatVector.broadcast(NARROW, x[x0 + 6 * down]).fma(v, s6);
      s7 = FloatVector.broadcast(NARROW, x[x0 + 7 * down]).fma(v, s7);
      x0 += a.columnStride();
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

  private static void oneWide(Matrix a, Matrix b, Matrix c, int depth) {
    FloatVector sum = FloatVector.fromArray(WIDE, c.numbers(), c.offset());
    int x0 = a.offset();
    int y0 = b.offset();
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(WIDE, b.numbers(), y0);
      sum = FloatVector.broadcast(WIDE, a.numbers()[x0]).fma(v, sum);
      x0 += a.columnStride();
      y0 += b.rowStride();
    }
    sum.intoArray(c.numbers(), c.offset());
  }

  private static void oneNarrow(Matrix a, Matrix b, Matrix c, int depth) {
    FloatVector sum = FloatVector.fromArray(NARROW, c.numbers(), c.offset());
    int x0 = a.offset();
    int y0 = b.offset();
    for (int k = 0; k < depth; k++) {
      FloatVector v = FloatVector.fromArray(NARROW, b.numbers(), y0);
      sum = FloatVector.broadcast(NARROW, a.numbers()[x0]).fma(v, sum);
      x0 += a.columnStride();
      y0 += b.rowStride();
    }
    sum.intoArray(c.numbers(), c.offset());
  }
}
