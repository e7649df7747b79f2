package org.rapidin.attribution.model.decoder.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Multiplies factors of low rank with the rows of each sample, g = z·x: the gradients of an
 * adapter's matrices. Four ranks of two vectors at a time, which stay in registers; a number is
 * summed in the order of the rows.
 */
public final class LowRankFactor {
  private static final int RANKS = 4;
  private static final int WIDTH = 2 * Vectors.WIDE.length();

  private final MemorySegment x;
  private final int rows;
  private final int width;
  private final float[] factor;
  private final int rank;
  private final int samples;

  /** [rank, WIDTH], the rank rounded up to a multiple of four. */
  private final float[] sums;

  private LowRankFactor(MemorySegment x, float[] z, int rank, int samples) {
    this.x = x;
    this.rows = z.length / rank;
    this.width = Math.toIntExact(x.byteSize() / Float.BYTES / rows);
    int padded = Math.ceilDiv(rank, RANKS) * RANKS;
    this.factor = Arrays.copyOf(z, padded * rows);
    this.rank = rank;
    this.samples = samples;
    this.sums = new float[padded * WIDTH];
  }

  /**
   * Computes z·x for each sample.
   *
   * @param x [samples·T, width], float32 in native order
   * @param z [rank, samples·T], row-major
   * @param g receives the products, [samples, rank, width], float32 in native order
   */
  public static void multiply(MemorySegment x, float[] z, int rank, int samples, MemorySegment g) {
    LowRankFactor product = new LowRankFactor(x, z, rank, samples);
    for (int sample = 0; sample < samples; sample++) {
      for (int column = 0; column < product.width; column += WIDTH) {
        product.sum(sample, column);
        product.write(g, sample, column);
      }
    }
  }

  /**
   * Computes the transpose of {@link #multiply}'s products.
   *
   * @param g receives them, [samples, width, rank]
   */
  public static void multiplyTransposed(
      MemorySegment x, float[] z, int rank, int samples, MemorySegment g) {
    LowRankFactor product = new LowRankFactor(x, z, rank, samples);
    float[] transposed = new float[rank * WIDTH];
    for (int sample = 0; sample < samples; sample++) {
      for (int column = 0; column < product.width; column += WIDTH) {
        product.sum(sample, column);
        product.writeTransposed(g, sample, column, transposed);
      }
    }
  }

  private int columns(int column) {
    return Math.min(WIDTH, width - column);
  }

  private void write(MemorySegment g, int sample, int column) {
    for (int r = 0; r < rank; r++) {
      long to = ((long) sample * rank + r) * width + column;
      MemorySegment.copy(
          sums, r * WIDTH, g, ValueLayout.JAVA_FLOAT, to * Float.BYTES, columns(column));
    }
  }

  private void writeTransposed(MemorySegment g, int sample, int column, float[] transposed) {
    int columns = columns(column);
    for (int r = 0; r < rank; r++) {
      for (int i = 0; i < columns; i++) {
        transposed[i * rank + r] = sums[r * WIDTH + i];
      }
    }
    long to = ((long) sample * width + column) * rank;
    MemorySegment.copy(transposed, 0, g, ValueLayout.JAVA_FLOAT, to * Float.BYTES, columns * rank);
  }

  /** Leaves the sums of all ranks for the columns from one on. */
  private void sum(int sample, int column) {
    int tokens = rows / samples;
    int columns = columns(column);
    for (int first = 0; first < rank; first += RANKS) {
      if (columns == WIDTH) {
        whole(sample * tokens, tokens, column, first);
      } else {
        part(sample * tokens, tokens, column, columns, first);
      }
    }
  }

  private FloatVector all(int at) {
    return FloatVector.broadcast(Vectors.WIDE, factor[at]);
  }

  private void whole(int start, int tokens, int column, int first) {
    FloatVector a0 = FloatVector.zero(Vectors.WIDE);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    int length = Vectors.WIDE.length();
    int ranks = first * rows;
    for (int t = start; t < start + tokens; t++) {
      long at = (long) t * width + column;
      FloatVector a = Vectors.get(x, at);
      FloatVector b = Vectors.get(x, at + length);
      FloatVector z = all(ranks + t);
      a0 = a.fma(z, a0);
      b0 = b.fma(z, b0);
      z = all(ranks + rows + t);
      a1 = a.fma(z, a1);
      b1 = b.fma(z, b1);
      z = all(ranks + 2 * rows + t);
      a2 = a.fma(z, a2);
      b2 = b.fma(z, b2);
      z = all(ranks + 3 * rows + t);
      a3 = a.fma(z, a3);
      b3 = b.fma(z, b3);
    }
    int to = first * WIDTH;
    a0.intoArray(sums, to);
    b0.intoArray(sums, to + length);
    a1.intoArray(sums, to + WIDTH);
    b1.intoArray(sums, to + WIDTH + length);
    a2.intoArray(sums, to + 2 * WIDTH);
    b2.intoArray(sums, to + 2 * WIDTH + length);
    a3.intoArray(sums, to + 3 * WIDTH);
    b3.intoArray(sums, to + 3 * WIDTH + length);
  }

  /** The last, incomplete vectors of a row. */
  private void part(int start, int tokens, int column, int columns, int first) {
    int ranks = first * rows;
    int to = first * WIDTH;
    for (int from = 0; from < columns; from += Vectors.WIDE.length()) {
      VectorMask<Float> mask = Vectors.WIDE.indexInRange(from, columns);
      FloatVector a0 = FloatVector.zero(Vectors.WIDE);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int t = start; t < start + tokens; t++) {
        FloatVector a = Vectors.get(x, (long) t * width + column + from, mask);
        a0 = a.fma(all(ranks + t), a0);
        a1 = a.fma(all(ranks + rows + t), a1);
        a2 = a.fma(all(ranks + 2 * rows + t), a2);
        a3 = a.fma(all(ranks + 3 * rows + t), a3);
      }
      a0.intoArray(sums, to + from);
      a1.intoArray(sums, to + WIDTH + from);
      a2.intoArray(sums, to + 2 * WIDTH + from);
      a3.intoArray(sums, to + 3 * WIDTH + from);
    }
  }
}
