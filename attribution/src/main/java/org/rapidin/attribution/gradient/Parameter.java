package org.rapidin.attribution.gradient;

import java.util.List;

/**
 * A tensor whose gradient is computed.
 *
 * @param name its Hugging Face or PEFT name
 * @param shape dimensions, row-major
 * @param size number of elements
 */
public record Parameter(String name, List<Long> shape, long size) {
  /** Elements of a gradient that one direct buffer can show. */
  private static final long MAX_SIZE = Integer.MAX_VALUE / Float.BYTES;

  public Parameter {
    shape = List.copyOf(shape);
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "parameter [%s] has %s elements, gradients have 1 to %s: remove it from the attributor's parameters"
              .formatted(name, size, MAX_SIZE));
    }
  }
}
