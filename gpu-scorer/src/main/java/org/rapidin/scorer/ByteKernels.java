package org.rapidin.scorer;

import static org.rapidin.scorer.Vectors.FLOATS;
import static org.rapidin.scorer.Vectors.LANES;
import static org.rapidin.scorer.Vectors.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Rows of bytes. */
final class ByteKernels implements TileKernels {
  // The smallest vector has 8 bytes, of which 4 are not used where a vector has 4 floats.
  static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, Byte.SIZE * LANES)));

  @Override
  public float[] prepare(float[] query) {
    return query;
  }

  @Override
  public int bound(int dimension) {
    return Math.max(0, (dimension - (BYTES.length() - LANES)) / TileKernel.STEP * TileKernel.STEP);
  }

  @Override
  public TileKernel fourByFour() {
    return ByteMatrixKernels::fourByFour;
  }

  @Override
  public TileKernel fourByTwo() {
    return ByteMatrixKernels::fourByTwo;
  }

  @Override
  public TileKernel fourByOne() {
    return ByteKernels::fourByOne;
  }

  @Override
  public TileKernel oneByOne() {
    return ByteKernels::oneByOne;
  }

  @Override
  public double finish(double sum, MemorySegment values, long offset, float[] query, int from) {
    double total = sum;
    for (int i = from; i < query.length; i++) {
      total += (double) values.get(ValueLayout.JAVA_BYTE, offset + i) * query[i];
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
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      a0 = a.fma(w, a0);
      FloatVector b =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowB + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      b0 = b.fma(w, b0);
      FloatVector c =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowC + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      c0 = c.fma(w, c0);
      FloatVector d =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowD + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query0, i + LANES);
      a =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      a0 = a.fma(w, a0);
      b =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowB + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      b0 = b.fma(w, b0);
      c =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowC + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      c0 = c.fma(w, c0);
      d =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowD + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
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
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      a0 = a.fma(w, a0);
    }
    a0.intoArray(sums, at);
  }
}
