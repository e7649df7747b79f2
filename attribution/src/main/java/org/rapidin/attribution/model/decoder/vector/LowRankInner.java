package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Multiplies the rows of a matrix with those of a factor of low rank, z = a·xᵀ. Four ranks of two
 * rows at a time.
 */
public final class LowRankInner {
  private static final int RANKS = LaneSums.VECTORS / 2;

  private final MemorySegment x;
  private final float[] factor;
  private final int width;
  private final int rows;
  private final int rank;
  private final int bound;
  private final VectorMask<Float> rest;
  private final float[] lanes = new float[LaneSums.VECTORS * Vectors.WIDE.length()];
  private final float[] z;

  private LowRankInner(MemorySegment x, float[] a, float scale, int rank) {
    this.x = x;
    this.width = a.length / rank;
    this.rows = Math.toIntExact(x.byteSize() / Float.BYTES / width);
    this.rank = rank;
    this.factor = Arrays.copyOf(a, Math.ceilDiv(rank, RANKS) * RANKS * width);
    for (int i = 0; i < a.length; i++) {
      factor[i] *= scale;
    }
    this.bound = Vectors.WIDE.loopBound(width);
    this.rest = Vectors.rest(width);
    this.z = new float[rank * rows];
  }

  /**
   * Computes scale·a·xᵀ.
   *
   * @param x [rows, width], float32 in native order
   * @param a [rank, width], row-major
   * @return [rank, rows], row-major
   */
  public static float[] multiply(MemorySegment x, float[] a, float scale, int rank) {
    LowRankInner inner = new LowRankInner(x, a, scale, rank);
    for (int row = 0; row < inner.rows; row += 2) {
      int next = Math.min(row + 1, inner.rows - 1);
      for (int first = 0; first < rank; first += RANKS) {
        inner.two((long) row * inner.width, (long) next * inner.width, first * inner.width);
        LaneSums.sum(inner.lanes);
        inner.write(row, first, 0);
        inner.write(next, first, RANKS);
      }
    }
    return inner.z;
  }

  /** Leaves vectors whose lanes add up to the products of two rows with four ranks. */
  private void two(long top, long bottom, int at) {
    FloatVector a0 = FloatVector.zero(Vectors.WIDE);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector a = Vectors.get(x, top + i);
      FloatVector b = Vectors.get(x, bottom + i);
      FloatVector m = FloatVector.fromArray(Vectors.WIDE, factor, at + i);
      a0 = a.fma(m, a0);
      b0 = b.fma(m, b0);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + width + i);
      a1 = a.fma(m, a1);
      b1 = b.fma(m, b1);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + 2 * width + i);
      a2 = a.fma(m, a2);
      b2 = b.fma(m, b2);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + 3 * width + i);
      a3 = a.fma(m, a3);
      b3 = b.fma(m, b3);
    }
    if (bound < width) {
      FloatVector a = Vectors.get(x, top + bound, rest);
      FloatVector b = Vectors.get(x, bottom + bound, rest);
      FloatVector m = FloatVector.fromArray(Vectors.WIDE, factor, at + bound, rest);
      a0 = a.fma(m, a0);
      b0 = b.fma(m, b0);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + width + bound, rest);
      a1 = a.fma(m, a1);
      b1 = b.fma(m, b1);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + 2 * width + bound, rest);
      a2 = a.fma(m, a2);
      b2 = b.fma(m, b2);
      m = FloatVector.fromArray(Vectors.WIDE, factor, at + 3 * width + bound, rest);
      a3 = a.fma(m, a3);
      b3 = b.fma(m, b3);
    }
    int length = Vectors.WIDE.length();
    a0.intoArray(lanes, 0);
    a1.intoArray(lanes, length);
    a2.intoArray(lanes, 2 * length);
    a3.intoArray(lanes, 3 * length);
    b0.intoArray(lanes, 4 * length);
    b1.intoArray(lanes, 5 * length);
    b2.intoArray(lanes, 6 * length);
    b3.intoArray(lanes, 7 * length);
  }

  private void write(int row, int first, int vectors) {
    int count = Math.min(RANKS, rank - first);
    for (int i = 0; i < count; i++) {
      z[(first + i) * rows + row] = lanes[LaneSums.lane(vectors + i)];
    }
  }
}
