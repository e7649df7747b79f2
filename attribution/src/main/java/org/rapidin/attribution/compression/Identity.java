package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.attribution.spec.SpecObject;

/**
 * No compression: the vector is the gradient, so influence is exact but for the rounding of stored
 * rows. {@code {"method": "identity", "dimension": default P}}.
 *
 * @param given K = P, the numbers of all gradients, from 1 to 2^20; 0 while it is not known
 */
public record Identity(int given) implements Compression {
  static final String METHOD_NAME = "identity";
  private static final String DIMENSION = "dimension";
  private static final int MAX_DIMENSION = 1 << 20;

  /**
   * Checks the dimension.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public Identity {
    if (given < 0 || given > MAX_DIMENSION) {
      throw outOfRange(given);
    }
  }

  static Identity read(SpecObject compression) {
    compression.requireKeys(METHOD, DIMENSION);
    int dimension = compression.smallInteger(DIMENSION, 0);
    if (compression.has(DIMENSION) && dimension == 0) {
      throw outOfRange(dimension);
    }
    return new Identity(dimension);
  }

  private static IllegalArgumentException outOfRange(int dimension) {
    return new IllegalArgumentException(
        ("compression.dimension of method [identity] must be 1 to %s, got %s: it follows from the"
                + " attributor's parameters, leave it out")
            .formatted(MAX_DIMENSION, dimension));
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    if (given > 0) {
      map.put(DIMENSION, given);
    }
    return map;
  }

  @Override
  public int dimension() {
    if (given == 0) {
      throw new IllegalStateException("the dimension follows from the model's gradients");
    }
    return given;
  }

  @Override
  public Identity fit(GradientLayout layout) {
    long length = layout.length();
    if (length > MAX_DIMENSION) {
      throw new IllegalArgumentException(
          ("compression.method [identity] stores gradients of at most %s numbers, those of the"
                  + " attributor's parameters and checkpoints have %s: select fewer, or use method"
                  + " [rapidgrad]")
              .formatted(MAX_DIMENSION, length));
    }
    if (given != 0 && given != length) {
      throw new IllegalArgumentException(
          ("compression.dimension of method [identity] must be %s, the numbers of the attributor's"
                  + " gradients, got %s: leave it out")
              .formatted(length, given));
    }
    return new Identity((int) length);
  }

  @Override
  public boolean mayBecome(Compression fitted) {
    return equals(fitted) || given == 0 && fitted instanceof Identity;
  }
}
