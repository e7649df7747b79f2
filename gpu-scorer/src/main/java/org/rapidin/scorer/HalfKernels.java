package org.rapidin.scorer;

import static org.rapidin.scorer.Vectors.FLOATS;
import static org.rapidin.scorer.Vectors.LANES;
import static org.rapidin.scorer.Vectors.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Half-precision rows, which are not converted: the bits of a half, shifted to the position of a
 * float's, have the value {@code h·2^-112}. Queries are scaled by 2^100 to avoid underflow, and
 * sums by the remaining 2^12.
 */
final class HalfKernels implements TileKernels {
  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  // Sign, exponent and mantissa of the shifted half, without the bits of the sign extension.
  static final int HALF_BITS = 0x8fffe000;
  private static final float LIFT = 0x1p100f;
  private static final double RESCALE = 0x1p12;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);

  @Override
  public float[] prepare(float[] query) {
    float[] lifted = new float[query.length];
    for (int i = 0; i < query.length; i++) {
      lifted[i] = query[i] * LIFT;
    }
    return lifted;
  }

  @Override
  public int bound(int dimension) {
    return dimension / TileKernel.STEP * TileKernel.STEP;
  }

  @Override
  public TileKernel fourByFour() {
    return HalfMatrixKernels::fourByFour;
  }

  @Override
  public TileKernel fourByTwo() {
    return HalfMatrixKernels::fourByTwo;
  }

  @Override
  public TileKernel fourByOne() {
    return HalfKernels::fourByOne;
  }

  @Override
  public TileKernel oneByOne() {
    return HalfKernels::oneByOne;
  }

  @Override
  public double finish(double sum, MemorySegment values, long offset, float[] query, int from) {
    double total = sum * RESCALE;
    for (int i = from; i < query.length; i++) {
      total += (double) Float.float16ToFloat(values.get(HALF, offset + 2L * i)) * query[i];
    }
    return total;
  }

  private static void fourByOne(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at) {
    MemorySegment numbers = Vectors.offHeap(values);
    long rowA = rows[row];
    long rowB = rows[row + 1];
    long rowC = rows[row + 2];
    long rowD = rows[row + 3];
    float[] query0 = queries[query];
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector b0 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    FloatVector c0 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector d0 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    for (int i = from; i < to; i += 2 * LANES) {
      FloatVector w = FloatVector.fromArray(FLOATS, query0, i);
      FloatVector a =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowA + 2L * i, ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      a0 = a.fma(w, a0);
      FloatVector b =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowB + 2L * i, ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      b0 = b.fma(w, b0);
      FloatVector c =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowC + 2L * i, ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      c0 = c.fma(w, c0);
      FloatVector d =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowD + 2L * i, ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query0, i + LANES);
      a =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowA + 2L * (i + LANES), ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      a0 = a.fma(w, a0);
      b =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowB + 2L * (i + LANES), ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      b0 = b.fma(w, b0);
      c =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowC + 2L * (i + LANES), ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      c0 = c.fma(w, c0);
      d =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowD + 2L * (i + LANES), ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      d0 = d.fma(w, d0);
    }
    a0.intoArray(sums, at);
    b0.intoArray(sums, at + LANES);
    c0.intoArray(sums, at + 2 * LANES);
    d0.intoArray(sums, at + 3 * LANES);
  }

  private static void oneByOne(
      MemorySegment values,
      long[] rows,
      int row,
      float[][] queries,
      int query,
      int from,
      int to,
      float[] sums,
      int at) {
    MemorySegment numbers = Vectors.offHeap(values);
    long rowA = rows[row];
    float[] query0 = queries[query];
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, at);
    for (int i = from; i < to; i += LANES) {
      FloatVector w = FloatVector.fromArray(FLOATS, query0, i);
      FloatVector a =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, numbers, rowA + 2L * i, ORDER)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats();
      a0 = a.fma(w, a0);
    }
    a0.intoArray(sums, at);
  }
}
