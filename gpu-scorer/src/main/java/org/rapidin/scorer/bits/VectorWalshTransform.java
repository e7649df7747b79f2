package org.rapidin.scorer.bits;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Takes two steps at once, then those that fit into the first level of the cache block by block,
 * and the last ones within a register.
 */
final class VectorWalshTransform implements WalshTransform {
  // At most 16 numbers.
  private static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final int LANES = FLOATS.length();
  // 16 KiB.
  private static final int BLOCK = 4096;

  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_1 = swap(1);
  private static final FloatVector SIGNS_8 = signs(8);
  private static final FloatVector SIGNS_4 = signs(4);
  private static final FloatVector SIGNS_2 = signs(2);
  private static final FloatVector SIGNS_1 = signs(1);
  // Moves the sign of each lane to the highest bit.
  private static final IntVector SHIFTS = IntVector.zero(INTS).addIndex(1).neg().add(31);

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(FLOATS, i -> distance < LANES ? i ^ distance : i);
  }

  private static FloatVector signs(int distance) {
    float[] signs = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      signs[i] = (i & distance) == 0 ? 1 : -1;
    }
    return FloatVector.fromArray(FLOATS, signs, 0);
  }

  @Override
  public void multiply(float[] vector) {
    int length = vector.length;
    while (length > BLOCK) {
      for (int from = 0; from < vector.length; from += length) {
        twoSteps(vector, from, length);
      }
      length /= 4;
    }
    for (int from = 0; from < vector.length; from += length) {
      multiplyBlock(vector, from, length);
    }
  }

  private static void multiplyBlock(float[] vector, int first, int blockLength) {
    int end = first + blockLength;
    int length = blockLength;
    for (; length >= 4 * LANES; length /= 4) {
      for (int from = first; from < end; from += length) {
        twoSteps(vector, from, length);
      }
    }
    if (length == 2 * LANES) {
      for (int from = first; from < end; from += length) {
        step(vector, from);
      }
    }
    for (int from = first; from < end; from += LANES) {
      lastSteps(FloatVector.fromArray(FLOATS, vector, from)).intoArray(vector, from);
    }
  }

  /** Steps with the distances length / 2 and length / 4. */
  private static void twoSteps(float[] vector, int from, int length) {
    int distance = length / 4;
    for (int i = from; i < from + distance; i += LANES) {
      FloatVector a = FloatVector.fromArray(FLOATS, vector, i);
      FloatVector b = FloatVector.fromArray(FLOATS, vector, i + distance);
      FloatVector c = FloatVector.fromArray(FLOATS, vector, i + 2 * distance);
      FloatVector d = FloatVector.fromArray(FLOATS, vector, i + 3 * distance);
      FloatVector e = a.add(c);
      FloatVector f = b.add(d);
      FloatVector g = a.sub(c);
      FloatVector h = b.sub(d);
      e.add(f).intoArray(vector, i);
      e.sub(f).intoArray(vector, i + distance);
      g.add(h).intoArray(vector, i + 2 * distance);
      g.sub(h).intoArray(vector, i + 3 * distance);
    }
  }

  private static void step(float[] vector, int from) {
    FloatVector a = FloatVector.fromArray(FLOATS, vector, from);
    FloatVector b = FloatVector.fromArray(FLOATS, vector, from + LANES);
    a.add(b).intoArray(vector, from);
    a.sub(b).intoArray(vector, from + LANES);
  }

  private static FloatVector lastSteps(FloatVector v) {
    if (LANES > 8) {
      v = v.fma(SIGNS_8, v.rearrange(SWAP_8));
    }
    if (LANES > 4) {
      v = v.fma(SIGNS_4, v.rearrange(SWAP_4));
    }
    if (LANES > 2) {
      v = v.fma(SIGNS_2, v.rearrange(SWAP_2));
    }
    return v.fma(SIGNS_1, v.rearrange(SWAP_1));
  }

  @Override
  public void negate(float[] vector, long[] signs) {
    for (int i = 0; i < vector.length; i += LANES) {
      int own = (int) (signs[i / Long.SIZE] >>> i);
      IntVector flipped = IntVector.broadcast(INTS, own).lanewise(VectorOperators.LSHL, SHIFTS);
      FloatVector.fromArray(FLOATS, vector, i)
          .reinterpretAsInts()
          .lanewise(VectorOperators.XOR, flipped.and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(vector, i);
    }
  }
}
