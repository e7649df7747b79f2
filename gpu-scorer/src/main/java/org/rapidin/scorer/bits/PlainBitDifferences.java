package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** 64 bits at once. */
final class PlainBitDifferences implements BitDifferences {
  @Override
  public int count(CodeMatrix codes, int row, int other) {
    int words = codes.bits() / Long.SIZE;
    return count(
        codes.piece(row), codes.offset(row), codes.piece(other), codes.offset(other), 0, words);
  }

  /** Counts in some words. */
  static int count(
      MemorySegment bits, long offset, MemorySegment others, long otherOffset, int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      long at = (long) Long.BYTES * i;
      count +=
          Long.bitCount(
              bits.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + at)
                  ^ others.get(ValueLayout.JAVA_LONG_UNALIGNED, otherOffset + at));
    }
    return count;
  }
}
