package org.rapidin.attribution.model.file;

import java.util.Arrays;
import java.util.Objects;

/**
 * One entry of a safetensors header.
 *
 * @param name as in the file
 * @param type element type
 * @param shape dimensions, each at least 0; empty for a scalar; owned by the record
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last; {@code end - begin} is the product of the shape times the type's
 *     size, exactly
 */
public record TensorInfo(String name, TensorType type, long[] shape, long begin, long end) {
  public TensorInfo {
    Objects.requireNonNull(name, "name");
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "tensor [%s] has data_offsets %s and %s: not a range".formatted(name, begin, end));
    }
    long bytes = byteSize(name, type, shape);
    if (bytes != end - begin) {
      throw new IllegalArgumentException(
          "tensor [%s] of type %s and shape %s needs %s bytes, its offsets give %s"
              .formatted(name, type, Arrays.toString(shape), bytes, end - begin));
    }
  }

  /** Number of elements. */
  public long elements() {
    return (end - begin) / type.bytes();
  }

  private static long byteSize(String name, TensorType type, long[] shape) {
    long size = type.bytes();
    try {
      for (long dimension : shape) {
        if (dimension < 0) {
          throw new IllegalArgumentException(
              "tensor [%s] has a negative dimension".formatted(name));
        }
        size = Math.multiplyExact(size, dimension);
      }
      return size;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "tensor [%s] has an impossible shape %s".formatted(name, Arrays.toString(shape)), e);
    }
  }
}
