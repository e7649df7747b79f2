package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One row after another, 64 bits at once. */
final class PlainBitProducts implements BitProducts {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void add(
      CodeMatrix codes,
      int[] rows,
      int count,
      SignQuery query,
      int from,
      int to,
      int[] sums,
      int at) {
    for (int i = 0; i < count; i++) {
      long offset = codes.offset(rows[i]);
      sums[at + i] += sum(codes.piece(rows[i]), offset, query.planes(), from, to);
    }
  }

  /** The sum over some words. */
  static int sum(MemorySegment bits, long offset, long[][] planes, int from, int to) {
    long[] ones = planes[0];
    long[] twos = planes[1];
    long[] fours = planes[2];
    long[] minusEights = planes[3];
    int sum = 0;
    for (int i = from; i < to; i++) {
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
