package org.rapidin.scorer;

import static org.rapidin.scorer.Kernels.FLOATS;
import static org.rapidin.scorer.Kernels.LANES;
import static org.rapidin.scorer.Kernels.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** Computes sums of products of single-precision rows with a query. */
final class FloatKernels {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

  private FloatKernels() {}

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
      FloatVector weights = FloatVector.fromArray(FLOATS, query, i);
      sumA = load(values, a + 4L * i).fma(weights, sumA);
      sumB = load(values, b + 4L * i).fma(weights, sumB);
      sumC = load(values, c + 4L * i).fma(weights, sumC);
      sumD = load(values, d + 4L * i).fma(weights, sumD);
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
      sum = load(values, offset + 4L * i).fma(FloatVector.fromArray(FLOATS, query, i), sum);
    }
    return finish(sum, values, offset, query, bound, lanes);
  }

  private static FloatVector load(MemorySegment values, long offset) {
    return FloatVector.fromMemorySegment(FLOATS, values, offset, ORDER);
  }

  private static double finish(
      FloatVector sum, MemorySegment values, long offset, float[] query, int from, float[] lanes) {
    double total = Kernels.sumLanes(sum, lanes);
    for (int i = from; i < query.length; i++) {
      total += (double) values.get(FLOAT, offset + 4L * i) * query[i];
    }
    return total;
  }
}
