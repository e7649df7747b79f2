package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.spec.SpecObject;

/**
 * A count-sketch of the gradient: {@code {"method": "rapidgrad", "dimension": default 65536,
 * "seed": default 42}}.
 *
 * @param dimension K, a power of two from 256 to 2^20
 * @param seed decides every bucket and sign
 * @see <a href="https://arxiv.org/abs/2405.11724">RapidIn, section 3.1</a>
 */
public record RapidGrad(int dimension, long seed) implements Compression {
  static final String METHOD_NAME = "rapidgrad";
  private static final String DIMENSION = "dimension";
  private static final String SEED = "seed";

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the dimension is out of range
   */
  public RapidGrad {
    SketchDimension.require(METHOD_NAME, dimension);
  }

  static RapidGrad read(SpecObject compression) {
    compression.requireKeys(METHOD, DIMENSION, SEED);
    return new RapidGrad(compression.smallInteger(DIMENSION, 65536), compression.integer(SEED, 42));
  }

  @Override
  public RapidGrad fit(GradientLayout layout) {
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
