package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Two rows at a time, so that each load of a plane is used twice and the eight sums stay in
 * registers. With four rows the JIT compiler stops inlining before the end of the loop.
 */
final class VectorBitProducts implements BitProducts {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int LANES = LONGS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final int ROWS_AT_ONCE = 2;

  @Override
  public void sum(CodeMatrix codes, int[] rows, int count, SignQuery query, int[] sums) {
    long[][] planes = query.planes();
    int i = 0;
    for (; i + ROWS_AT_ONCE <= count; i += ROWS_AT_ONCE) {
      if (codes.shareAPiece(rows[i], rows[i + ROWS_AT_ONCE - 1])) {
        sumTwo(codes, rows, i, planes, sums);
      } else {
        sumEach(codes, rows, i, i + ROWS_AT_ONCE, planes, sums);
      }
    }
    sumEach(codes, rows, i, count, planes, sums);
  }

  private static void sumTwo(CodeMatrix codes, int[] rows, int first, long[][] planes, int[] sums) {
    MemorySegment bits = codes.piece(rows[first]);
    long a = codes.offset(rows[first]);
    long b = codes.offset(rows[first + 1]);
    LongVector a1 = LongVector.zero(LONGS);
    LongVector a2 = a1;
    LongVector a4 = a1;
    LongVector a8 = a1;
    LongVector b1 = a1;
    LongVector b2 = a1;
    LongVector b4 = a1;
    LongVector b8 = a1;
    int bound = LONGS.loopBound(planes[0].length);
    for (int i = 0; i < bound; i += LANES) {
      LongVector ones = LongVector.fromArray(LONGS, planes[0], i);
      LongVector twos = LongVector.fromArray(LONGS, planes[1], i);
      LongVector fours = LongVector.fromArray(LONGS, planes[2], i);
      LongVector eights = LongVector.fromArray(LONGS, planes[3], i);
      LongVector row = load(bits, a, i);
      a1 = a1.add(count(row, ones));
      a2 = a2.add(count(row, twos));
      a4 = a4.add(count(row, fours));
      a8 = a8.add(count(row, eights));
      row = load(bits, b, i);
      b1 = b1.add(count(row, ones));
      b2 = b2.add(count(row, twos));
      b4 = b4.add(count(row, fours));
      b8 = b8.add(count(row, eights));
    }
    sums[first] = finish(a1, a2, a4, a8, bits, a, bound, planes);
    sums[first + 1] = finish(b1, b2, b4, b8, bits, b, bound, planes);
  }

  private static void sumEach(
      CodeMatrix codes, int[] rows, int from, int to, long[][] planes, int[] sums) {
    for (int row = from; row < to; row++) {
      MemorySegment bits = codes.piece(rows[row]);
      long offset = codes.offset(rows[row]);
      LongVector one = LongVector.zero(LONGS);
      LongVector two = one;
      LongVector four = one;
      LongVector eight = one;
      int bound = LONGS.loopBound(planes[0].length);
      for (int i = 0; i < bound; i += LANES) {
        LongVector own = load(bits, offset, i);
        one = one.add(count(own, LongVector.fromArray(LONGS, planes[0], i)));
        two = two.add(count(own, LongVector.fromArray(LONGS, planes[1], i)));
        four = four.add(count(own, LongVector.fromArray(LONGS, planes[2], i)));
        eight = eight.add(count(own, LongVector.fromArray(LONGS, planes[3], i)));
      }
      sums[row] = finish(one, two, four, eight, bits, offset, bound, planes);
    }
  }

  private static LongVector load(MemorySegment bits, long offset, int word) {
    return LongVector.fromMemorySegment(LONGS, bits, offset + (long) Long.BYTES * word, ORDER);
  }

  private static LongVector count(LongVector row, LongVector plane) {
    return row.and(plane).lanewise(VectorOperators.BIT_COUNT);
  }

  private static int finish(
      LongVector one,
      LongVector two,
      LongVector four,
      LongVector eight,
      MemorySegment bits,
      long offset,
      int bound,
      long[][] planes) {
    long sum =
        one.reduceLanes(VectorOperators.ADD)
            + 2 * two.reduceLanes(VectorOperators.ADD)
            + 4 * four.reduceLanes(VectorOperators.ADD)
            - 8 * eight.reduceLanes(VectorOperators.ADD);
    return (int) (sum + PlainBitProducts.sumFrom(bound, bits, offset, planes));
  }
}
