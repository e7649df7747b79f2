package org.rapidin.gpu;

import org.rapidin.scorer.ElementType;

/** What the numbers of rows on a device are. */
enum RowKind {
  FLOAT16("f16", Short.SIZE, 512, 8192),
  FLOAT32("f32", Float.SIZE, 512, 8192),
  INT8("i8", Byte.SIZE, 512, 8192),
  /** Sign bits: see {@link org.rapidin.scorer.bits.SegmentCodes}. */
  BITS("bits", 1, 2048, 65536);

  private final String suffix;
  private final int width;
  private final int multiple;
  private final int perSplit;

  RowKind(String suffix, int width, int multiple, int perSplit) {
    this.suffix = suffix;
    this.width = width;
    this.multiple = multiple;
    this.perSplit = perSplit;
  }

  static RowKind of(ElementType type) {
    return switch (type) {
      case FLOAT16 -> FLOAT16;
      case FLOAT32 -> FLOAT32;
      case INT8 -> INT8;
    };
  }

  /** What the names of its kernels end with. */
  String suffix() {
    return suffix;
  }

  /** Returns the bytes of some numbers, a multiple of 8. */
  long bytes(long numbers) {
    return numbers * width / Byte.SIZE;
  }

  /** Rows are padded with zeros to a multiple of this many numbers. */
  int multiple() {
    return multiple;
  }

  /**
   * Numbers of a row that one block multiplies: long enough that partial sums are a few percent of
   * what is read, short enough that a short segment still has blocks for all multiprocessors. A
   * constant, because it decides how sums are rounded; those of bits are exact.
   */
  int perSplit() {
    return perSplit;
  }
}
