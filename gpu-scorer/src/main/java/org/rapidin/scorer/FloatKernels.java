package org.rapidin.scorer;

import static org.rapidin.scorer.Vectors.FLOATS;
import static org.rapidin.scorer.Vectors.LANES;
import static org.rapidin.scorer.Vectors.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** Single-precision rows. */
final class FloatKernels implements TileKernels {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

  @Override
  public float[] prepare(float[] query) {
    return query;
  }

  @Override
  public int bound(int dimension) {
    return dimension / TileKernel.STEP * TileKernel.STEP;
  }

  @Override
  public TileKernel fourByFour() {
    return FloatMatrixKernels::fourByFour;
  }

  @Override
  public TileKernel fourByTwo() {
    return FloatMatrixKernels::fourByTwo;
  }

  @Override
  public TileKernel fourByOne() {
    return FloatKernels::fourByOne;
  }

  @Override
  public TileKernel oneByOne() {
    return FloatKernels::oneByOne;
  }

  @Override
  public double finish(double sum, MemorySegment values, long offset, float[] query, int from) {
    double total = sum;
    for (int i = from; i < query.length; i++) {
      total += (double) values.get(FLOAT, offset + 4L * i) * query[i];
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
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, numbers, rowA + 4L * i, ORDER);
      a0 = a.fma(w, a0);
      FloatVector b = FloatVector.fromMemorySegment(FLOATS, numbers, rowB + 4L * i, ORDER);
      b0 = b.fma(w, b0);
      FloatVector c = FloatVector.fromMemorySegment(FLOATS, numbers, rowC + 4L * i, ORDER);
      c0 = c.fma(w, c0);
      FloatVector d = FloatVector.fromMemorySegment(FLOATS, numbers, rowD + 4L * i, ORDER);
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query0, i + LANES);
      a = FloatVector.fromMemorySegment(FLOATS, numbers, rowA + 4L * (i + LANES), ORDER);
      a0 = a.fma(w, a0);
      b = FloatVector.fromMemorySegment(FLOATS, numbers, rowB + 4L * (i + LANES), ORDER);
      b0 = b.fma(w, b0);
      c = FloatVector.fromMemorySegment(FLOATS, numbers, rowC + 4L * (i + LANES), ORDER);
      c0 = c.fma(w, c0);
      d = FloatVector.fromMemorySegment(FLOATS, numbers, rowD + 4L * (i + LANES), ORDER);
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
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, numbers, rowA + 4L * i, ORDER);
      a0 = a.fma(w, a0);
    }
    a0.intoArray(sums, at);
  }
}
