package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel on vectors of 128, 256 or 512 bits, the width that the machine prefers. Load it only
 * where the Vector API is on. The species are static constants, because the compiler makes vector
 * instructions only then.
 */
final class VectorSketchKernel implements SketchKernel {

  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() <= FloatVector.SPECIES_512.length()
          ? FloatVector.SPECIES_PREFERRED
          : FloatVector.SPECIES_512;

  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /** Shifts bit i of a word to the sign bit in lane i. */
  static final IntVector TO_SIGN =
      IntVector.broadcast(INTS, 31).sub(IntVector.zero(INTS).addIndex(1));

  /** Whether vectors are wide enough here to beat plain Java. */
  static boolean isFast() {
    return FLOATS.length() >= FloatVector.SPECIES_128.length();
  }

  @Override
  public void add(
      ChunkHash hash,
      MemorySegment piece,
      long fromBytes,
      long firstChunk,
      int chunks,
      float scale,
      float[] slots) {
    for (int i = 0; i < chunks; i++) {
      int slot = hash.slot(firstChunk + i);
      long signs = hash.signs(firstChunk + i);
      long at = fromBytes + (long) i * ChunkHash.CHUNK * Float.BYTES;
      for (int lane = 0; lane < ChunkHash.CHUNK; lane += FLOATS.length()) {
        FloatVector sum = FloatVector.fromArray(FLOATS, slots, slot + lane);
        sum.add(signed(piece, at + (long) lane * Float.BYTES, (int) (signs >>> lane), scale))
            .intoArray(slots, slot + lane);
      }
    }
  }

  /** The numbers from a byte offset on, scaled, number i negated where bit i of signs is set. */
  private static FloatVector signed(MemorySegment piece, long fromBytes, int signs, float scale) {
    IntVector negated =
        IntVector.broadcast(INTS, signs).lanewise(VectorOperators.LSHL, TO_SIGN).and(1 << 31);
    return FloatVector.fromMemorySegment(FLOATS, piece, fromBytes, ByteOrder.nativeOrder())
        .mul(scale)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, negated)
        .reinterpretAsFloats();
  }
}
