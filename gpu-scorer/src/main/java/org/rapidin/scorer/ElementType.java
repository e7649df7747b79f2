package org.rapidin.scorer;

/** How one number of a stored row is written. */
public enum ElementType {
  /** IEEE half precision with one power-of-two scale for the row. */
  FLOAT16(2),
  /** IEEE single precision; the row's scale is 1. */
  FLOAT32(4);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }
}
