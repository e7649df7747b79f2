package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The kernel on vectors of 128, 256 or 512 bits. Load it only where the Vector API is on. */
final class VectorSketchKernel implements SketchKernel {

  private static final VectorSpecies<Float> WIDEST =
      FloatVector.SPECIES_PREFERRED.length() <= FloatVector.SPECIES_512.length()
          ? FloatVector.SPECIES_PREFERRED
          : FloatVector.SPECIES_512;

  private static final int SIGN = 1 << 31;

  /** Whether vectors are wide enough here to beat plain Java. */
  static boolean isFast() {
    return WIDEST.length() >= FloatVector.SPECIES_128.length();
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
    add(WIDEST, hash, piece, fromBytes, firstChunk, chunks, scale, slots);
  }

  /** As {@link #add}, with vectors of a given width; inlined, so the species is a constant. */
  static void add(
      VectorSpecies<Float> species,
      ChunkHash hash,
      MemorySegment piece,
      long fromBytes,
      long firstChunk,
      int chunks,
      float scale,
      float[] slots) {
    IntVector toSignBit =
        IntVector.broadcast(species.withLanes(int.class), 31).sub(laneNumbers(species));
    for (int i = 0; i < chunks; i++) {
      int slot = hash.slot(firstChunk + i);
      long signs = hash.signs(firstChunk + i);
      long at = fromBytes + (long) i * ChunkHash.CHUNK * Float.BYTES;
      for (int lane = 0; lane < ChunkHash.CHUNK; lane += species.length()) {
        IntVector sign =
            IntVector.broadcast(species.withLanes(int.class), (int) (signs >>> lane))
                .lanewise(VectorOperators.LSHL, toSignBit)
                .and(SIGN);
        FloatVector signed =
            FloatVector.fromMemorySegment(
                    species, piece, at + (long) lane * Float.BYTES, ByteOrder.nativeOrder())
                .mul(scale)
                .reinterpretAsInts()
                .lanewise(VectorOperators.XOR, sign)
                .reinterpretAsFloats();
        FloatVector.fromArray(species, slots, slot + lane)
            .add(signed)
            .intoArray(slots, slot + lane);
      }
    }
  }

  private static IntVector laneNumbers(VectorSpecies<Float> species) {
    return IntVector.zero(species.withLanes(int.class)).addIndex(1);
  }
}
