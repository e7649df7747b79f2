package org.rapidin.attribution;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.rapidin.scorer.VectorNorms;

/**
 * A compressed gradient: K finite numbers, checked once. It never shows its numbers, because a
 * gradient can be inverted to text.
 *
 * @param values float32, length K; owned by this record, not to be changed
 */
public record GradientVector(float[] values) {
  /** The largest K. */
  public static final int MAX_DIMENSION = 1 << 20;

  /**
   * @throws IllegalArgumentException if there are no numbers or more than {@link #MAX_DIMENSION},
   *     or one is NaN or infinite
   */
  public GradientVector {
    Objects.requireNonNull(values, "values");
    if (values.length == 0 || values.length > MAX_DIMENSION) {
      throw new IllegalArgumentException(
          "a vector has 1 to %s numbers, got %s".formatted(MAX_DIMENSION, values.length));
    }
    VectorNorms.requireFinite(values);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param bytes little-endian float32, 4 bytes a number; not changed
   * @throws IllegalArgumentException if the length is not a multiple of 4, or as for the numbers
   */
  public static GradientVector fromBytes(byte[] bytes) {
    if (bytes.length % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "little-endian float32 takes 4 bytes a number, got %s bytes".formatted(bytes.length));
    }
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return new GradientVector(values);
  }

  /** Returns the numbers as little-endian float32, 4K new bytes. */
  public byte[] toBytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /** K. */
  public int dimension() {
    return values.length;
  }

  /** Returns the L2 norm, summed in double: squares of float32 cannot overflow it. */
  public double norm() {
    return Math.sqrt(VectorNorms.squaredNorm(values));
  }

  /**
   * Returns the vector divided by its norm.
   *
   * @throws IllegalArgumentException if the norm is 0
   */
  public GradientVector toUnitNorm() {
    double norm = norm();
    if (norm == 0) {
      throw new IllegalArgumentException("a vector of zeros has no direction");
    }
    float[] unit = new float[values.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (values[i] / norm);
    }
    return new GradientVector(unit);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GradientVector that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return values.length + " numbers, not shown";
  }
}
