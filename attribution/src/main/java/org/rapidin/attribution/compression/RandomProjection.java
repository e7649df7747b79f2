package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * Sums of all numbers of the gradient with random signs: {@code {"method": "random", "dimension":
 * default 4096, "seed": default 42}}. A text costs P·K additions, which is why both are limited.
 *
 * @param dimension K, from 1 to 65,536
 * @param seed decides every sign
 */
public record RandomProjection(int dimension, long seed) implements Compression {
  static final String METHOD_NAME = "random";

  /** P·K: a tenth of a second a text on one core. */
  static final long MAX_PRODUCT = 1L << 30;

  private static final String DIMENSION = "dimension";
  private static final String SEED = "seed";
  private static final int MAX_DIMENSION = 1 << 16;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the dimension is out of range
   */
  public RandomProjection {
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "compression.dimension of method [random] must be 1 to %s, got %s"
              .formatted(MAX_DIMENSION, dimension));
    }
  }

  static RandomProjection read(SpecObject compression) {
    compression.requireKeys(METHOD, DIMENSION, SEED);
    return new RandomProjection(
        compression.smallInteger(DIMENSION, 4096), compression.integer(SEED, 42));
  }

  @Override
  public RandomProjection fit(GradientLayout layout) {
    long most = MAX_PRODUCT / dimension;
    if (layout.length() > most) {
      throw new IllegalArgumentException(
          ("compression.method [random] with dimension %s takes gradients of at most %s numbers,"
                  + " those of the attributor's parameters and checkpoints have %s: select fewer, or"
                  + " use a smaller dimension or method [rapidgrad]")
              .formatted(dimension, most, layout.length()));
    }
    return this;
  }

  @Override
  public CompressionError error(GradientLayout layout) {
    return new CompressionError.OfSketch(1.0 / dimension, false);
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    map.put(DIMENSION, dimension);
    map.put(SEED, seed);
    return map;
  }
}
