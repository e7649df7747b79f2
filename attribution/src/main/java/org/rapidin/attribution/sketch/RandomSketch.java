package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A dense random projection: each of K numbers is the sum of all P numbers with random signs,
 * divided by √K. The signs are hashed ({@link SignMatrix}), so the matrix is never stored; a vector
 * takes P·K additions.
 *
 * <p>With independent signs the estimate ⟨Ru, Rv⟩ has mean ⟨u, v⟩ and variance (‖u‖²‖v‖² + ⟨u,v⟩² −
 * 2Σu_p²v_p²)/K, less than that of Gaussian entries.
 *
 * <p>The result is defined to the bit for the same pieces: of each {@value #TILE} numbers of a
 * piece, from its first on, a row's sum starts at +0 and adds ±(x·scale) ascending, each product
 * and each sum rounded to float32; these sums are added in double precision, and the total is
 * divided by √K and rounded.
 *
 * @see <a href="https://doi.org/10.1016/S0022-0000(03)00025-4">Achlioptas, Database-friendly random
 *     projections, 2003</a>
 */
public final class RandomSketch implements GradientSketch {
  private static final int TILE = 1024;

  private final int dimension;
  private final SignMatrix matrix;
  private final SignKernel kernel;

  /**
   * A projection with the fastest kernel of this JVM.
   *
   * @param dimension K, at least 1
   * @param seed decides every sign
   */
  public RandomSketch(int dimension, long seed) {
    this(dimension, seed, SignKernel.best());
  }

  RandomSketch(int dimension, long seed, SignKernel kernel) {
    this.dimension = dimension;
    this.matrix = SignMatrix.of(seed);
    this.kernel = kernel;
  }

  @Override
  public Accumulator accumulator() {
    return new Totals();
  }

  private final class Totals implements Accumulator {
    private final long[] words = new long[TILE];
    private final float[] numbers = new float[TILE];
    private final float[] sums = new float[SignMatrix.ROWS];
    private final double[] totals = new double[dimension];

    @Override
    public void add(MemorySegment piece, long position, float scale) {
      long length = SketchInput.requireLength(piece, position);
      for (long at = 0; at < length; at += TILE) {
        int count = (int) Math.min(TILE, length - at);
        for (int j = 0; j < count; j++) {
          numbers[j] = piece.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at + j) * scale;
        }
        addTile(position + at, count);
      }
    }

    private void addTile(long position, int count) {
      for (int row = 0; row < dimension; row += SignMatrix.ROWS) {
        matrix.words(row / SignMatrix.ROWS, position, count, words);
        kernel.multiply(words, numbers, count, sums);
        int rows = Math.min(SignMatrix.ROWS, dimension - row);
        for (int i = 0; i < rows; i++) {
          totals[row + i] += sums[i];
        }
      }
    }

    @Override
    public float[] finish() {
      float[] finished = new float[dimension];
      double root = Math.sqrt(dimension);
      for (int k = 0; k < dimension; k++) {
        finished[k] = (float) (totals[k] / root);
      }
      Arrays.fill(totals, 0);
      return finished;
    }
  }
}
