package org.rapidin.attribution.compression;

import java.util.Map;
import org.rapidin.attribution.spec.SpecObject;

/** K of a method whose dimension follows from a model's gradients; 0 while it is not known. */
final class DerivedDimension {
  static final String KEY = "dimension";
  static final int MAX = 1 << 20;

  private DerivedDimension() {}

  /**
   * Reads K of a method; 0 if it is not given.
   *
   * @throws IllegalArgumentException if it is given and not from 1 to {@value #MAX}; says what it
   *     follows from
   */
  static int read(SpecObject compression, String method, String source) {
    int dimension = compression.smallInteger(KEY, 0);
    if (compression.has(KEY) && dimension == 0) {
      throw outOfRange(dimension, method, source);
    }
    return dimension;
  }

  /**
   * Checks that K is 0, or from 1 to {@value #MAX}.
   *
   * @throws IllegalArgumentException if it is not; says what it follows from
   */
  static void require(int dimension, String method, String source) {
    if (dimension < 0 || dimension > MAX) {
      throw outOfRange(dimension, method, source);
    }
  }

  private static IllegalArgumentException outOfRange(int dimension, String method, String source) {
    return new IllegalArgumentException(
        "compression.dimension of method [%s] must be 1 to %s, got %s: it follows from %s, leave it out"
            .formatted(method, MAX, dimension, source));
  }

  /** Writes K where it is known. */
  static void write(int dimension, Map<String, Object> map) {
    if (dimension > 0) {
      map.put(KEY, dimension);
    }
  }

  /**
   * Returns K.
   *
   * @throws IllegalStateException if it is not known
   */
  static int known(int dimension, String source) {
    if (dimension == 0) {
      throw new IllegalStateException("the dimension follows from %s".formatted(source));
    }
    return dimension;
  }
}
