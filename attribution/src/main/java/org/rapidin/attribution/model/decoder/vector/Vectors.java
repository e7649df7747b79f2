package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What the loops over vectors share. */
public final class Vectors {
  /** 512 bits where the processor has them, else 256. */
  static final VectorSpecies<Float> WIDE =
      FloatVector.SPECIES_PREFERRED.length() > 8
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_256;

  /** Adding it to a small number rounds it to an integer, which is then in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;
  private static final float LN_2_HIGH = 0.693359375f;
  private static final float LN_2_LOW = -2.12194440e-4f;

  /** The exponential of it is just above the least normal number; of its negative, finite. */
  static final float LEAST = -87f;

  // The class of all memory outside of the heap.
  private static final Class<? extends MemorySegment> OFF_HEAP =
      Arena.global().allocate(1).getClass();

  private Vectors() {}

  /** Whether this processor has vectors that make these loops faster than libtorch's. */
  public static boolean areWide() {
    return FloatVector.SPECIES_PREFERRED.length() >= FloatVector.SPECIES_256.length();
  }

  /**
   * Returns the same memory, of which the JIT then knows that it is outside of the heap. Otherwise
   * the profile of the process decides, and once anything has loaded vectors from the heap, each
   * load is a virtual call, which takes twice the time.
   */
  static MemorySegment offHeap(MemorySegment memory) {
    return OFF_HEAP.cast(memory);
  }

  /** Reads a vector from memory outside of the heap. */
  static FloatVector get(MemorySegment numbers, long index) {
    return FloatVector.fromMemorySegment(
        WIDE, offHeap(numbers), index * Float.BYTES, ByteOrder.nativeOrder());
  }

  /** Reads the first numbers of a vector; the others are 0. */
  static FloatVector get(MemorySegment numbers, long index, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(
        WIDE, offHeap(numbers), index * Float.BYTES, ByteOrder.nativeOrder(), mask);
  }

  /** Writes a vector. */
  static void put(FloatVector vector, MemorySegment numbers, long index) {
    vector.intoMemorySegment(offHeap(numbers), index * Float.BYTES, ByteOrder.nativeOrder());
  }

  /** Writes the first numbers of a vector. */
  static void put(FloatVector vector, MemorySegment numbers, long index, VectorMask<Float> mask) {
    vector.intoMemorySegment(offHeap(numbers), index * Float.BYTES, ByteOrder.nativeOrder(), mask);
  }

  /** The sum of all lanes, always in the same order, which Java's own sum does not promise. */
  static double sum(FloatVector lanes, float[] scratch) {
    lanes.intoArray(scratch, 0);
    double sum = 0;
    for (int i = 0; i < WIDE.length(); i++) {
      sum += scratch[i];
    }
    return sum;
  }

  /** The lanes of the last, incomplete vector of n numbers. */
  static VectorMask<Float> rest(long n) {
    return WIDE.indexInRange(WIDE.loopBound(n), n);
  }

  /**
   * e to the power of x for x ≤ 87, within two units in the last place: 2ⁿ times Cephes' polynomial
   * of the rest. Below {@value #LEAST}, what it is there. NaN stays NaN.
   */
  static FloatVector exp(FloatVector exponent) {
    FloatVector x = exponent.blend(LEAST, exponent.compare(VectorOperators.LT, LEAST));
    FloatVector rounded = x.fma(constant(LOG2_E), constant(ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector r = n.fma(constant(-LN_2_HIGH), x);
    r = n.fma(constant(-LN_2_LOW), r);
    FloatVector p = r.fma(constant(1.9875691500e-4f), constant(1.3981999507e-3f));
    p = p.fma(r, constant(8.3334519073e-3f));
    p = p.fma(r, constant(4.1665795894e-2f));
    p = p.fma(r, constant(1.6666665459e-1f));
    p = p.fma(r, constant(5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1);
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 23)
            .add(Float.floatToRawIntBits(1))
            .reinterpretAsFloats();
    return p.mul(power);
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(WIDE, value);
  }
}
