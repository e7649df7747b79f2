package org.rapidin.scorer;

import static org.rapidin.scorer.ByteKernels.BYTES;
import static org.rapidin.scorer.Vectors.FLOATS;
import static org.rapidin.scorer.Vectors.LANES;
import static org.rapidin.scorer.Vectors.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The kernels of rows of bytes for several queries; see {@link TileKernel}. */
final class ByteMatrixKernels {
  private ByteMatrixKernels() {}

  static void fourByFour(
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
    float[] query1 = queries[query + 1];
    float[] query2 = queries[query + 2];
    float[] query3 = queries[query + 3];
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector b0 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    FloatVector c0 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector d0 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    FloatVector a1 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    FloatVector b1 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    FloatVector c1 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    FloatVector d1 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    FloatVector a2 = FloatVector.fromArray(FLOATS, sums, at + 8 * LANES);
    FloatVector b2 = FloatVector.fromArray(FLOATS, sums, at + 9 * LANES);
    FloatVector c2 = FloatVector.fromArray(FLOATS, sums, at + 10 * LANES);
    FloatVector d2 = FloatVector.fromArray(FLOATS, sums, at + 11 * LANES);
    FloatVector a3 = FloatVector.fromArray(FLOATS, sums, at + 12 * LANES);
    FloatVector b3 = FloatVector.fromArray(FLOATS, sums, at + 13 * LANES);
    FloatVector c3 = FloatVector.fromArray(FLOATS, sums, at + 14 * LANES);
    FloatVector d3 = FloatVector.fromArray(FLOATS, sums, at + 15 * LANES);
    for (int i = from; i < to; i += LANES) {
      FloatVector a =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector b =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowB + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector c =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowC + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector d =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowD + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector w = FloatVector.fromArray(FLOATS, query0, i);
      a0 = a.fma(w, a0);
      b0 = b.fma(w, b0);
      c0 = c.fma(w, c0);
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query1, i);
      a1 = a.fma(w, a1);
      b1 = b.fma(w, b1);
      c1 = c.fma(w, c1);
      d1 = d.fma(w, d1);
      w = FloatVector.fromArray(FLOATS, query2, i);
      a2 = a.fma(w, a2);
      b2 = b.fma(w, b2);
      c2 = c.fma(w, c2);
      d2 = d.fma(w, d2);
      w = FloatVector.fromArray(FLOATS, query3, i);
      a3 = a.fma(w, a3);
      b3 = b.fma(w, b3);
      c3 = c.fma(w, c3);
      d3 = d.fma(w, d3);
    }
    a0.intoArray(sums, at);
    b0.intoArray(sums, at + LANES);
    c0.intoArray(sums, at + 2 * LANES);
    d0.intoArray(sums, at + 3 * LANES);
    a1.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    c1.intoArray(sums, at + 6 * LANES);
    d1.intoArray(sums, at + 7 * LANES);
    a2.intoArray(sums, at + 8 * LANES);
    b2.intoArray(sums, at + 9 * LANES);
    c2.intoArray(sums, at + 10 * LANES);
    d2.intoArray(sums, at + 11 * LANES);
    a3.intoArray(sums, at + 12 * LANES);
    b3.intoArray(sums, at + 13 * LANES);
    c3.intoArray(sums, at + 14 * LANES);
    d3.intoArray(sums, at + 15 * LANES);
  }

  static void fourByTwo(
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
    float[] query1 = queries[query + 1];
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector b0 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    FloatVector c0 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector d0 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    FloatVector a1 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    FloatVector b1 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    FloatVector c1 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    FloatVector d1 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    for (int i = from; i < to; i += 2 * LANES) {
      FloatVector a =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector b =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowB + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector c =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowC + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector d =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowD + i, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      FloatVector w = FloatVector.fromArray(FLOATS, query0, i);
      a0 = a.fma(w, a0);
      b0 = b.fma(w, b0);
      c0 = c.fma(w, c0);
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query1, i);
      a1 = a.fma(w, a1);
      b1 = b.fma(w, b1);
      c1 = c.fma(w, c1);
      d1 = d.fma(w, d1);
      a =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowA + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      b =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowB + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      c =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowC + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      d =
          (FloatVector)
              ByteVector.fromMemorySegment(BYTES, numbers, rowD + i + LANES, ORDER)
                  .convertShape(VectorOperators.B2F, FLOATS, 0);
      w = FloatVector.fromArray(FLOATS, query0, i + LANES);
      a0 = a.fma(w, a0);
      b0 = b.fma(w, b0);
      c0 = c.fma(w, c0);
      d0 = d.fma(w, d0);
      w = FloatVector.fromArray(FLOATS, query1, i + LANES);
      a1 = a.fma(w, a1);
      b1 = b.fma(w, b1);
      c1 = c.fma(w, c1);
      d1 = d.fma(w, d1);
    }
    a0.intoArray(sums, at);
    b0.intoArray(sums, at + LANES);
    c0.intoArray(sums, at + 2 * LANES);
    d0.intoArray(sums, at + 3 * LANES);
    a1.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    c1.intoArray(sums, at + 6 * LANES);
    d1.intoArray(sums, at + 7 * LANES);
  }
}
