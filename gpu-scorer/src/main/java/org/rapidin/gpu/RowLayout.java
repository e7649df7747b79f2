package org.rapidin.gpu;

/**
 * How the rows of a segment are on a device: n rows of numbers, each padded with zeros, then n
 * scales.
 *
 * @param rows n
 * @param dimension K, or B of sign bits
 */
record RowLayout(RowKind kind, int rows, int dimension) {
  /** Numbers of a row with its padding. */
  int paddedDimension() {
    return Math.toIntExact(Cuda.roundUp(dimension, kind.multiple()));
  }

  /** Bytes from one row to the next. */
  long stride() {
    return kind.bytes(paddedDimension());
  }

  /** Where the scales begin. */
  long scalesOffset() {
    return stride() * rows;
  }

  /** Bytes of all rows and scales. */
  long bytes() {
    return scalesOffset() + (long) Float.BYTES * rows;
  }

  /** Blocks that share a row. */
  int splits() {
    return Math.ceilDiv(paddedDimension(), kind.perSplit());
  }
}
