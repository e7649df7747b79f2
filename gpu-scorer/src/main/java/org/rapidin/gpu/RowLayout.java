package org.rapidin.gpu;

import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.SegmentRows;

/**
 * How the rows of a segment are on a device: n rows of numbers, each padded with zeros, then n
 * scales.
 *
 * @param rows n
 * @param dimension K
 */
record RowLayout(ElementType type, int rows, int dimension) {
  static RowLayout of(SegmentRows rows) {
    return new RowLayout(rows.elementType(), rows.rows(), rows.dimension());
  }

  /** Numbers of a row with its padding. */
  int paddedDimension() {
    return Math.toIntExact(Cuda.roundUp(dimension, Kernels.K_MULTIPLE));
  }

  /** Bytes from one row to the next. */
  long stride() {
    return (long) paddedDimension() * type.bytes();
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
    return Math.ceilDiv(paddedDimension(), Kernels.K_PER_SPLIT);
  }
}
