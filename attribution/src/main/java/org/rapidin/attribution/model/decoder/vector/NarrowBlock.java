package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.ColumnSoftmax.COLUMNS;
import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@value ColumnSoftmax#COLUMNS} rows of width {@value NarrowHead#WIDTH}, without gaps and across.
 *
 * @param rows [{@value ColumnSoftmax#COLUMNS}, {@value NarrowHead#WIDTH}]
 * @param across [{@value NarrowHead#WIDTH}, {@value ColumnSoftmax#COLUMNS}]
 */
record NarrowBlock(float[] rows, float[] across) {
  private static final int WIDTH = NarrowHead.WIDTH;
  private static final VectorSpecies<Float> ROW = FloatVector.SPECIES_256;

  NarrowBlock() {
    this(new float[COLUMNS * WIDTH], new float[WIDTH * COLUMNS]);
  }

  /** Takes rows from a matrix, and zeros for those that are missing. */
  void read(Matrix matrix, int first, int count) {
    for (int i = 0; i < count; i++) {
      row(matrix.numbers(), matrix.row(first + i)).intoArray(rows, i * WIDTH);
    }
    Arrays.fill(rows, count * WIDTH, rows.length, 0);
    for (int i = 0; i < COLUMNS; i++) {
      for (int k = 0; k < WIDTH; k++) {
        across[k * COLUMNS + i] = rows[i * WIDTH + k];
      }
    }
  }

  /** Replaces rows of a matrix by what is across. */
  void write(Matrix matrix, int first, int count) {
    float[] numbers = matrix.numbers();
    for (int i = 0; i < count; i++) {
      int at = matrix.row(first + i);
      for (int k = 0; k < WIDTH; k++) {
        numbers[at + k] = across[k * COLUMNS + i];
      }
    }
  }

  /**
   * Computes the negative inner products of these rows with another block's, with the operations of
   * {@link NarrowHead#differentiate}: where a query sees one key, its output is that key's value,
   * and the gradient at the score is exactly 0.
   *
   * @param products [{@value ColumnSoftmax#COLUMNS}]
   */
  void multiply(NarrowBlock other, float[] products) {
    for (int column = 0; column < COLUMNS; column += WIDE.length()) {
      FloatVector even = across(column).mul(other.across(column));
      FloatVector odd = across(column + COLUMNS).mul(other.across(column + COLUMNS));
      for (int at = column + 2 * COLUMNS; at < across.length; at += 2 * COLUMNS) {
        even = across(at).fma(other.across(at), even);
        odd = across(at + COLUMNS).fma(other.across(at + COLUMNS), odd);
      }
      even.add(odd).neg().intoArray(products, column);
    }
  }

  private FloatVector across(int at) {
    return FloatVector.fromArray(WIDE, across, at);
  }

  /** Copies a matrix, [count, {@value NarrowHead#WIDTH}]. */
  static float[] copy(Matrix matrix, int count) {
    float[] copy = new float[count * WIDTH];
    for (int i = 0; i < count; i++) {
      row(matrix.numbers(), matrix.row(i)).intoArray(copy, i * WIDTH);
    }
    return copy;
  }

  /** Adds a matrix without gaps to another. */
  static void add(float[] sums, Matrix matrix) {
    float[] numbers = matrix.numbers();
    for (int i = 0; i < sums.length / WIDTH; i++) {
      int at = matrix.row(i);
      row(numbers, at).add(row(sums, i * WIDTH)).intoArray(numbers, at);
    }
  }

  /** A copy of so few numbers by {@link System#arraycopy} takes 20 ns. */
  private static FloatVector row(float[] numbers, int at) {
    return FloatVector.fromArray(ROW, numbers, at);
  }
}
