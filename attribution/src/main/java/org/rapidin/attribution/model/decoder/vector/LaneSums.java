package org.rapidin.attribution.model.decoder.vector;

import static org.rapidin.attribution.model.decoder.vector.Vectors.WIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums the lanes of eight vectors at once. Each step adds the lanes that are half as far apart as
 * before and joins two vectors, so that eight sums take 30 instructions. Lanes are always added in
 * the same order, which Java's own sum does not promise.
 */
final class LaneSums {
  /** How many vectors. */
  static final int VECTORS = 8;

  private static final int FIRST = WIDE.length() / 2;
  private static final VectorMask<Float> FIRST_MASK = upper(FIRST);
  private static final VectorMask<Float> SECOND_MASK = upper(FIRST / 2);
  private static final VectorMask<Float> THIRD_MASK = upper(FIRST / 4);
  private static final VectorShuffle<Float> FIRST_SWAP = swap(FIRST);
  private static final VectorShuffle<Float> SECOND_SWAP = swap(FIRST / 2);
  private static final VectorShuffle<Float> THIRD_SWAP = swap(FIRST / 4);

  /** Of 16 lanes, two are left of each sum. */
  private static final boolean FOURTH = WIDE.length() == 16;

  private static final VectorShuffle<Float> FOURTH_SWAP = swap(FOURTH ? 1 : 0);

  private LaneSums() {}

  private static VectorMask<Float> upper(int distance) {
    long bits = 0;
    for (int i = 0; i < WIDE.length(); i++) {
      bits |= (i & distance) == 0 ? 0 : 1L << i;
    }
    return VectorMask.fromLong(WIDE, bits);
  }

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(WIDE, i -> i ^ distance);
  }

  /**
   * Sums the lanes of eight vectors. They are passed in an array, because the compiler would
   * otherwise allocate them where it does not inline this.
   *
   * @param vectors one after another; the first is replaced by the sums, that of vector i at {@link
   *     #lane}(i)
   */
  static void sum(float[] vectors) {
    FloatVector low = join(pair(vectors, 0), pair(vectors, 2), SECOND_MASK, SECOND_SWAP);
    FloatVector high = join(pair(vectors, 4), pair(vectors, 6), SECOND_MASK, SECOND_SWAP);
    FloatVector all = join(low, high, THIRD_MASK, THIRD_SWAP);
    (FOURTH ? all.add(all.rearrange(FOURTH_SWAP)) : all).intoArray(vectors, 0);
  }

  private static FloatVector pair(float[] vectors, int vector) {
    int at = vector * WIDE.length();
    FloatVector a = FloatVector.fromArray(WIDE, vectors, at);
    FloatVector b = FloatVector.fromArray(WIDE, vectors, at + WIDE.length());
    return join(a, b, FIRST_MASK, FIRST_SWAP);
  }

  /** Adds pairs of lanes: those of a where the mask is not set, of b where it is. */
  private static FloatVector join(
      FloatVector a, FloatVector b, VectorMask<Float> mask, VectorShuffle<Float> swap) {
    return a.blend(b, mask).add(b.blend(a, mask).rearrange(swap));
  }

  /** Where the sum of a vector is. */
  static int lane(int vector) {
    int first = (vector & 1) * FIRST;
    int second = (vector >> 1 & 1) * (FIRST / 2);
    return first + second + (vector >> 2) * (FIRST / 4);
  }
}
