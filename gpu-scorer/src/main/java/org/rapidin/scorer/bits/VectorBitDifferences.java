package org.rapidin.scorer.bits;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Two vectors at a time. */
final class VectorBitDifferences implements BitDifferences {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int LANES = LONGS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  @Override
  public int count(CodeMatrix codes, int row, int other) {
    MemorySegment bits = codes.piece(row);
    MemorySegment others = codes.piece(other);
    long offset = codes.offset(row);
    long otherOffset = codes.offset(other);
    int words = codes.bits() / Long.SIZE;
    int bound = words - words % (2 * LANES);
    LongVector even = LongVector.zero(LONGS);
    LongVector odd = even;
    for (int i = 0; i < bound; i += 2 * LANES) {
      long at = (long) Long.BYTES * i;
      long next = at + (long) Long.BYTES * LANES;
      even = even.add(different(bits, offset + at, others, otherOffset + at));
      odd = odd.add(different(bits, offset + next, others, otherOffset + next));
    }
    int rest = PlainBitDifferences.count(bits, offset, others, otherOffset, bound, words);
    return (int) even.add(odd).reduceLanes(VectorOperators.ADD) + rest;
  }

  private static LongVector different(MemorySegment a, long at, MemorySegment b, long from) {
    return LongVector.fromMemorySegment(LONGS, a, at, ORDER)
        .lanewise(VectorOperators.XOR, LongVector.fromMemorySegment(LONGS, b, from, ORDER))
        .lanewise(VectorOperators.BIT_COUNT);
  }
}
