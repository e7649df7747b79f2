package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Adds the product of two factors of low rank to a matrix in place, y += zᵀ·m, which libtorch does
 * at 5 GFLOP/s for rank 8. Four ranks of two rows at a time.
 */
public final class LowRankSum {
  private static final int RANKS = 4;

  private LowRankSum() {}

  /**
   * Adds zᵀ·m to y.
   *
   * @param y [rows, width], float32 in native order
   * @param z [rank, rows], row-major
   * @param m [rank, width], row-major
   */
  public static void add(MemorySegment y, float[] z, float[] m, int rank) {
    int rows = z.length / rank;
    int width = m.length / rank;
    int padded = Math.ceilDiv(rank, RANKS) * RANKS;
    float[] left = Arrays.copyOf(z, padded * rows);
    float[] right = Arrays.copyOf(m, padded * width);
    int row = 0;
    for (; row + 2 <= rows; row += 2) {
      for (int first = 0; first < padded; first += RANKS) {
        two(y, row, left, rows, right, width, first);
      }
    }
    if (row < rows) {
      for (int first = 0; first < padded; first += RANKS) {
        one(y, row, left, rows, right, width, first);
      }
    }
  }

  private static FloatVector all(float[] z, int rows, int rank, int row) {
    return FloatVector.broadcast(Vectors.WIDE, z[rank * rows + row]);
  }

  private static void two(
      MemorySegment y, int row, float[] z, int rows, float[] m, int width, int first) {
    FloatVector a0 = all(z, rows, first, row);
    FloatVector a1 = all(z, rows, first + 1, row);
    FloatVector a2 = all(z, rows, first + 2, row);
    FloatVector a3 = all(z, rows, first + 3, row);
    FloatVector b0 = all(z, rows, first, row + 1);
    FloatVector b1 = all(z, rows, first + 1, row + 1);
    FloatVector b2 = all(z, rows, first + 2, row + 1);
    FloatVector b3 = all(z, rows, first + 3, row + 1);
    long top = (long) row * width;
    long bottom = top + width;
    int at = first * width;
    int bound = Vectors.WIDE.loopBound(width);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector m0 = FloatVector.fromArray(Vectors.WIDE, m, at + i);
      FloatVector m1 = FloatVector.fromArray(Vectors.WIDE, m, at + width + i);
      FloatVector m2 = FloatVector.fromArray(Vectors.WIDE, m, at + 2 * width + i);
      FloatVector m3 = FloatVector.fromArray(Vectors.WIDE, m, at + 3 * width + i);
      FloatVector a = m0.fma(a0, Vectors.get(y, top + i));
      FloatVector b = m0.fma(b0, Vectors.get(y, bottom + i));
      a = m1.fma(a1, a);
      b = m1.fma(b1, b);
      a = m2.fma(a2, a);
      b = m2.fma(b2, b);
      Vectors.put(m3.fma(a3, a), y, top + i);
      Vectors.put(m3.fma(b3, b), y, bottom + i);
    }
    if (bound < width) {
      rest(y, top, a0, a1, a2, a3, m, at, width);
      rest(y, bottom, b0, b1, b2, b3, m, at, width);
    }
  }

  private static void one(
      MemorySegment y, int row, float[] z, int rows, float[] m, int width, int first) {
    FloatVector a0 = all(z, rows, first, row);
    FloatVector a1 = all(z, rows, first + 1, row);
    FloatVector a2 = all(z, rows, first + 2, row);
    FloatVector a3 = all(z, rows, first + 3, row);
    long top = (long) row * width;
    int at = first * width;
    int bound = Vectors.WIDE.loopBound(width);
    for (int i = 0; i < bound; i += Vectors.WIDE.length()) {
      FloatVector a =
          FloatVector.fromArray(Vectors.WIDE, m, at + i).fma(a0, Vectors.get(y, top + i));
      a = FloatVector.fromArray(Vectors.WIDE, m, at + width + i).fma(a1, a);
      a = FloatVector.fromArray(Vectors.WIDE, m, at + 2 * width + i).fma(a2, a);
      a = FloatVector.fromArray(Vectors.WIDE, m, at + 3 * width + i).fma(a3, a);
      Vectors.put(a, y, top + i);
    }
    if (bound < width) {
      rest(y, top, a0, a1, a2, a3, m, at, width);
    }
  }

  /** The last, incomplete vector of a row. */
  private static void rest(
      MemorySegment y,
      long row,
      FloatVector a0,
      FloatVector a1,
      FloatVector a2,
      FloatVector a3,
      float[] m,
      int at,
      int width) {
    int i = Vectors.WIDE.loopBound(width);
    VectorMask<Float> mask = Vectors.rest(width);
    FloatVector a = Vectors.get(y, row + i, mask);
    a = FloatVector.fromArray(Vectors.WIDE, m, at + i, mask).fma(a0, a);
    a = FloatVector.fromArray(Vectors.WIDE, m, at + width + i, mask).fma(a1, a);
    a = FloatVector.fromArray(Vectors.WIDE, m, at + 2 * width + i, mask).fma(a2, a);
    a = FloatVector.fromArray(Vectors.WIDE, m, at + 3 * width + i, mask).fma(a3, a);
    Vectors.put(a, y, row + i, mask);
  }
}
