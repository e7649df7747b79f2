package org.rapidin.attribution.model.decoder.vector;

import java.util.Objects;

/**
 * A matrix inside an array, which stays with the caller.
 *
 * @param numbers the array
 * @param offset where number (0, 0) is
 * @param rowStride from a number to the one below it
 * @param columnStride from a number to the next one of its row
 */
public record Matrix(float[] numbers, int offset, int rowStride, int columnStride) {
  public Matrix {
    Objects.requireNonNull(numbers, "numbers");
  }

  /** A row-major matrix that begins at an offset. */
  public static Matrix of(float[] numbers, int offset, int rowStride) {
    return new Matrix(numbers, offset, rowStride, 1);
  }

  /** The rows from one on. */
  Matrix fromRow(int row) {
    return new Matrix(numbers, offset + row * rowStride, rowStride, columnStride);
  }

  /** The columns from one on. */
  Matrix fromColumn(int column) {
    return new Matrix(numbers, offset + column * columnStride, rowStride, columnStride);
  }

  /** The same numbers with rows and columns exchanged. */
  Matrix transposed() {
    return new Matrix(numbers, offset, columnStride, rowStride);
  }

  /** Where the first number of a row is. */
  int row(int row) {
    return offset + row * rowStride;
  }
}
