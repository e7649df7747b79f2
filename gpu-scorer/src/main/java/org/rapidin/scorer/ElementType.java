package org.rapidin.scorer;

import java.util.Locale;

/**
 * How a vector is written as a row: K numbers of {@link #bytes()} bytes each, then a float32 scale.
 * Number i of the vector is {@code scale · row[i]}. Everything is little-endian.
 */
public enum ElementType {
  /**
   * IEEE half precision with one power-of-two scale for the row: at least 11 bits of every number
   * down to 2^-29 of the largest.
   */
  FLOAT16(0, Short.BYTES) {
    @Override
    public byte[] encode(float[] vector) {
      return Float16Row.encode(vector);
    }

    @Override
    public float[] decode(byte[] row) {
      return Float16Row.decode(row);
    }

    @Override
    public double roundingVariance(float[] query, byte[] row) {
      return Float16Row.roundingVariance(query, row);
    }
  },
  /** IEEE single precision; the scale is 1. */
  FLOAT32(1, Float.BYTES) {
    @Override
    public byte[] encode(float[] vector) {
      return Float32Row.encode(vector);
    }

    @Override
    public float[] decode(byte[] row) {
      return Float32Row.decode(row);
    }

    @Override
    public double roundingVariance(float[] query, byte[] row) {
      return 0;
    }
  },
  /**
   * Bytes with one scale for the row: the error of a number is at most 1/254 of the largest one.
   */
  INT8(2, Byte.BYTES) {
    @Override
    public byte[] encode(float[] vector) {
      return Int8Row.encode(vector);
    }

    @Override
    public float[] decode(byte[] row) {
      return Int8Row.decode(row);
    }

    @Override
    public double roundingVariance(float[] query, byte[] row) {
      return Int8Row.roundingVariance(query, row);
    }
  };

  /** Bytes of the scale that follows the numbers of a row. */
  public static final int SCALE_BYTES = Float.BYTES;

  private final int code;
  private final int bytes;

  ElementType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /**
   * Returns the type with a code.
   *
   * @throws IllegalArgumentException if no type has the code
   */
  public static ElementType ofCode(int code) {
    for (ElementType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw new IllegalArgumentException("unknown element type %s".formatted(code));
  }

  /** The number that files and messages use for this type; never changes. */
  public byte code() {
    return (byte) code;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /** Returns the bytes of a row's numbers, without its scale. */
  public int valuesLength(int dimension) {
    return Math.multiplyExact(dimension, bytes);
  }

  /** Returns the bytes of a row, with its scale. */
  public int rowLength(int dimension) {
    return Math.addExact(valuesLength(dimension), SCALE_BYTES);
  }

  /**
   * Encodes a vector. Encoding a decoded row gives the same bytes again.
   *
   * @param vector float32, length K at least 1; not changed
   * @return {@link #rowLength} new bytes
   * @throws IllegalArgumentException if a number is NaN or infinite, or K is 0
   */
  public abstract byte[] encode(float[] vector);

  /**
   * Decodes a row.
   *
   * @param row as {@link #encode} writes it; not changed
   * @return float32, length K, new
   * @throws IllegalArgumentException if the length does not fit, a number is NaN or infinite, or
   *     the scale is not one that {@link #encode} writes
   */
  public abstract float[] decode(byte[] row);

  /**
   * Returns the variance that encoding gave the inner product of a row with a query, if the error
   * of each number is uniform between half a step down and up, and independent of the others: the
   * sum of q²·step²/12. Vectors are float32, so rows of them have none.
   *
   * @param query float32, length K; not changed
   * @param row as {@link #encode} writes it; not changed
   */
  public abstract double roundingVariance(float[] query, byte[] row);

  /** Returns K of a row with this many bytes; throws if no K fits. */
  int dimension(byte[] row) {
    int values = row.length - SCALE_BYTES;
    if (values < bytes || values % bytes != 0) {
      throw new IllegalArgumentException(
          "a %s row of K numbers has %sK + %s bytes, got %s"
              .formatted(name().toLowerCase(Locale.ROOT), bytes, SCALE_BYTES, row.length));
    }
    return values / bytes;
  }

  static float requireFinite(float value, int index) {
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(
          "a vector must be finite, number %s is %s".formatted(index, value));
    }
    return value;
  }
}
