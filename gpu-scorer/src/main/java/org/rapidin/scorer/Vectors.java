package org.rapidin.scorer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What the kernels of all element types compute with. */
final class Vectors {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LANES = FLOATS.length();
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  // The class of all memory outside of the heap.
  private static final Class<? extends MemorySegment> OFF_HEAP =
      Arena.global().allocate(1).getClass();

  private Vectors() {}

  /**
   * Returns the same memory, of which the JIT then knows that it is outside of the heap.
   *
   * @throws ClassCastException if it is on the heap
   */
  static MemorySegment offHeap(MemorySegment memory) {
    return OFF_HEAP.cast(memory);
  }
}
