package org.rapidin.attribution.compression;

import java.util.List;
import java.util.Map;
import org.rapidin.attribution.spec.SpecObject;

/**
 * How the gradients of a text, P numbers, become a vector of K numbers. Immutable. What {@link
 * #toMap} writes is part of the attributor's fingerprint, so it covers everything that a vector
 * depends on, and what is written for existing attributors never changes.
 *
 * <p>Another method is another record here and another {@code Compressor}.
 */
public sealed interface Compression permits RapidGrad {
  /** The key under which an attributor has it. */
  String KEY = "compression";

  /** The key of its method. */
  String METHOD = "method";

  /**
   * Reads the compression of an attributor; absent, it is {@code rapidgrad}.
   *
   * @throws IllegalArgumentException if the method is unknown, or an option is unknown or out of
   *     range; names it and what is allowed
   */
  static Compression read(SpecObject attributor) {
    SpecObject compression = attributor.unchecked(KEY);
    String method = compression.string(METHOD, RapidGrad.METHOD_NAME);
    return switch (method) {
      case RapidGrad.METHOD_NAME -> RapidGrad.read(compression);
      default ->
          throw new IllegalArgumentException(
              "%s must be one of %s, got [%s]"
                  .formatted(compression.named(METHOD), List.of(RapidGrad.METHOD_NAME), method));
    };
  }

  /** Returns the JSON form with defaults written out, keys always in the same order. */
  Map<String, Object> toMap();

  /** Returns K, the numbers of a vector. */
  int dimension();
}
