package org.rapidin.scorer;

import static org.rapidin.scorer.Kernels.FLOATS;
import static org.rapidin.scorer.Kernels.LANES;
import static org.rapidin.scorer.Kernels.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Computes sums of products of half-precision rows with a query without a conversion: the bits of a
 * half, shifted to the position of a float's, have the value {@code h·2^-112}. The query is scaled
 * by 2^100 to avoid underflow, and the sum by the remaining 2^12.
 */
final class HalfKernels {
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  // Sign, exponent and mantissa of the shifted half, without the bits of the sign extension.
  private static final int HALF_BITS = 0x8fffe000;
  private static final float LIFT = 0x1p100f;
  private static final double RESCALE = 0x1p12;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

  private HalfKernels() {}

  static void sumFour(
      MemorySegment values,
      long a,
      long b,
      long c,
      long d,
      float[] query,
      float[] lanes,
      double[] sums) {
    FloatVector sumA = FloatVector.zero(FLOATS);
    FloatVector sumB = sumA;
    FloatVector sumC = sumA;
    FloatVector sumD = sumA;
    int bound = FLOATS.loopBound(query.length);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector lifted = FloatVector.fromArray(FLOATS, query, i).mul(LIFT);
      sumA = load(values, a + 2L * i).fma(lifted, sumA);
      sumB = load(values, b + 2L * i).fma(lifted, sumB);
      sumC = load(values, c + 2L * i).fma(lifted, sumC);
      sumD = load(values, d + 2L * i).fma(lifted, sumD);
    }
    sums[0] = finish(sumA, values, a, query, bound, lanes);
    sums[1] = finish(sumB, values, b, query, bound, lanes);
    sums[2] = finish(sumC, values, c, query, bound, lanes);
    sums[3] = finish(sumD, values, d, query, bound, lanes);
  }

  static double sumOne(MemorySegment values, long offset, float[] query, float[] lanes) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int bound = FLOATS.loopBound(query.length);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector lifted = FloatVector.fromArray(FLOATS, query, i).mul(LIFT);
      sum = load(values, offset + 2L * i).fma(lifted, sum);
    }
    return finish(sum, values, offset, query, bound, lanes);
  }

  private static FloatVector load(MemorySegment values, long offset) {
    IntVector bits =
        (IntVector)
            ShortVector.fromMemorySegment(HALVES, values, offset, ORDER)
                .convertShape(VectorOperators.S2I, INTS, 0);
    return bits.lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats();
  }

  private static double finish(
      FloatVector sum, MemorySegment values, long offset, float[] query, int from, float[] lanes) {
    double total = Kernels.sumLanes(sum, lanes) * RESCALE;
    for (int i = from; i < query.length; i++) {
      total += (double) Float.float16ToFloat(values.get(HALF, offset + 2L * i)) * query[i];
    }
    return total;
  }
}
