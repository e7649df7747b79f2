package org.rapidin.attribution.compression;

/** The dimensions that a count-sketch may have: powers of two from 256 to 2^20. */
final class SketchDimension {
  private static final int LEAST = 256;
  private static final int MOST = 1 << 20;

  private SketchDimension() {}

  /**
   * Checks a dimension.
   *
   * @param method whose vectors are count-sketches
   * @throws IllegalArgumentException if it is none of them
   */
  static void require(String method, int dimension) {
    if (dimension < LEAST || dimension > MOST || Integer.bitCount(dimension) != 1) {
      throw new IllegalArgumentException(
          "compression.dimension of method [%s] must be a power of two from %s to %s, got %s"
              .formatted(method, LEAST, MOST, dimension));
    }
  }
}
