package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One row after another, 64 bits at once. */
final class PlainBitProducts implements BitProducts {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void sum(CodeMatrix codes, int[] rows, int count, SignQuery query, int[] sums) {
    for (int i = 0; i < count; i++) {
      sums[i] = (int) sumFrom(0, codes.piece(rows[i]), codes.offset(rows[i]), query.planes());
    }
  }

  /** The sum over the words from {@code word} on. */
  static long sumFrom(int word, MemorySegment bits, long offset, long[][] planes) {
    long[] ones = planes[0];
    long[] twos = planes[1];
    long[] fours = planes[2];
    long[] minusEights = planes[3];
    long sum = 0;
    for (int i = word; i < ones.length; i++) {
      long own = bits.get(WORD, offset + (long) Long.BYTES * i);
      sum +=
          Long.bitCount(own & ones[i])
              + 2 * Long.bitCount(own & twos[i])
              + 4 * Long.bitCount(own & fours[i])
              - 8 * Long.bitCount(own & minusEights[i]);
    }
    return sum;
  }
}
