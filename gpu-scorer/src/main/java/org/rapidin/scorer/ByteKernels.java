package org.rapidin.scorer;

import static org.rapidin.scorer.Kernels.FLOATS;
import static org.rapidin.scorer.Kernels.LANES;
import static org.rapidin.scorer.Kernels.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Computes sums of products of rows of bytes with a query. */
final class ByteKernels {
  // The smallest vector has 8 bytes, of which 4 are not used where a vector has 4 floats.
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, Byte.SIZE * LANES)));

  private ByteKernels() {}

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
    int bound = bound(query);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector weights = FloatVector.fromArray(FLOATS, query, i);
      sumA = load(values, a + i).fma(weights, sumA);
      sumB = load(values, b + i).fma(weights, sumB);
      sumC = load(values, c + i).fma(weights, sumC);
      sumD = load(values, d + i).fma(weights, sumD);
    }
    sums[0] = finish(sumA, values, a, query, bound, lanes);
    sums[1] = finish(sumB, values, b, query, bound, lanes);
    sums[2] = finish(sumC, values, c, query, bound, lanes);
    sums[3] = finish(sumD, values, d, query, bound, lanes);
  }

  static double sumOne(MemorySegment values, long offset, float[] query, float[] lanes) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int bound = bound(query);
    for (int i = 0; i < bound; i += LANES) {
      sum = load(values, offset + i).fma(FloatVector.fromArray(FLOATS, query, i), sum);
    }
    return finish(sum, values, offset, query, bound, lanes);
  }

  /** Returns where whole vectors of bytes end: no load reaches behind its row. */
  private static int bound(float[] query) {
    return Math.max(0, FLOATS.loopBound(query.length - (BYTES.length() - LANES)));
  }

  private static FloatVector load(MemorySegment values, long offset) {
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, values, offset, ORDER)
            .convertShape(VectorOperators.B2F, FLOATS, 0);
  }

  private static double finish(
      FloatVector sum, MemorySegment values, long offset, float[] query, int from, float[] lanes) {
    double total = Kernels.sumLanes(sum, lanes);
    for (int i = from; i < query.length; i++) {
      total += (double) values.get(ValueLayout.JAVA_BYTE, offset + i) * query[i];
    }
    return total;
  }
}
