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
    long[][] planes = query.planes();
    int bound = from + LONGS.loopBound(to - from);
    for (int i = 0; i < count; i += 2) {
      // The last one of an odd number is summed twice.
      int other = Math.min(i + 1, count - 1);
      MemorySegment bits = codes.piece(rows[i]);
      MemorySegment otherBits = codes.piece(rows[other]);
      long offset = codes.offset(rows[i]);
      long otherOffset = codes.offset(rows[other]);
      long both = sumTwo(bits, offset, otherBits, otherOffset, planes, from, bound);
      if (other != i) {
        sums[at + other] +=
            (int) (both >> Integer.SIZE)
                + PlainBitProducts.sum(otherBits, otherOffset, planes, bound, to);
      }
      sums[at + i] += (int) both + PlainBitProducts.sum(bits, offset, planes, bound, to);
    }
  }

  /** Returns the sum of the first row in the lower half, that of the second in the upper one. */
  private static long sumTwo(
      MemorySegment bits,
      long offset,
      MemorySegment otherBits,
      long otherOffset,
      long[][] planes,
      int from,
      int to) {
    LongVector a1 = LongVector.zero(LONGS);
    LongVector a2 = a1;
    LongVector a4 = a1;
    LongVector a8 = a1;
    LongVector b1 = a1;
    LongVector b2 = a1;
    LongVector b4 = a1;
    LongVector b8 = a1;
    for (int i = from; i < to; i += LANES) {
      LongVector ones = LongVector.fromArray(LONGS, planes[0], i);
      LongVector twos = LongVector.fromArray(LONGS, planes[1], i);
      LongVector fours = LongVector.fromArray(LONGS, planes[2], i);
      LongVector eights = LongVector.fromArray(LONGS, planes[3], i);
      LongVector row = load(bits, offset, i);
      a1 = a1.add(count(row, ones));
      a2 = a2.add(count(row, twos));
      a4 = a4.add(count(row, fours));
      a8 = a8.add(count(row, eights));
      row = load(otherBits, otherOffset, i);
      b1 = b1.add(count(row, ones));
      b2 = b2.add(count(row, twos));
      b4 = b4.add(count(row, fours));
      b8 = b8.add(count(row, eights));
    }
    return weighed(a1, a2, a4, a8) & 0xFFFFFFFFL | weighed(b1, b2, b4, b8) << Integer.SIZE;
  }

  private static LongVector load(MemorySegment bits, long offset, int word) {
    return LongVector.fromMemorySegment(LONGS, bits, offset + (long) Long.BYTES * word, ORDER);
  }

  private static LongVector count(LongVector row, LongVector plane) {
    return row.and(plane).lanewise(VectorOperators.BIT_COUNT);
  }

  private static long weighed(LongVector one, LongVector two, LongVector four, LongVector eight) {
    return one.add(two.lanewise(VectorOperators.LSHL, 1))
        .add(four.lanewise(VectorOperators.LSHL, 2))
        .sub(eight.lanewise(VectorOperators.LSHL, 3))
        .reduceLanes(VectorOperators.ADD);
  }
}
