package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;

/** The checks that every sketch makes on what it is given. */
final class SketchInput {

  private SketchInput() {}

  /**
   * Checks K.
   *
   * @throws IllegalArgumentException if it is not a power of two from 256 to 2^20
   */
  static int requireDimension(int dimension) {
    if (dimension < 256 || dimension > 1 << 20 || Integer.bitCount(dimension) != 1) {
      throw new IllegalArgumentException(
          "the dimension of a sketch is a power of two from 256 to 1048576, got %s"
              .formatted(dimension));
    }
    return dimension;
  }

  /**
   * Checks a piece.
   *
   * @return how many numbers it has
   * @throws IllegalArgumentException if its bytes are no whole number of float32 or its position is
   *     negative
   */
  static long requireLength(MemorySegment piece, long position) {
    if (piece.byteSize() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "a piece is float32, 4 bytes each, got %s bytes".formatted(piece.byteSize()));
    }
    if (position < 0) {
      throw new IllegalArgumentException("a position is at least 0, got %s".formatted(position));
    }
    return piece.byteSize() / Float.BYTES;
  }
}
