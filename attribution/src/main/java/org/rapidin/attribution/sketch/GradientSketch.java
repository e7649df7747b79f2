package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;

/**
 * A linear map from R^P to R^K. A random one keeps inner products in expectation, with variance at
 * most (‖u‖²‖v‖² + ⟨u,v⟩²)/K. Immutable and safe for many threads.
 *
 * @see <a href="https://arxiv.org/abs/2405.11724">RapidIn, section 3.1</a>
 */
public interface GradientSketch {

  /** A new, empty sum for one vector. An accumulator belongs to one thread at a time. */
  Accumulator accumulator();

  /** The sketch of one vector, while its pieces arrive. */
  interface Accumulator {

    /**
     * Adds the sketch of {@code scale · piece}, where the piece begins at {@code position} in R^P.
     * Pieces may come in any order; where one piece is split never changes the sum but for the
     * rounding of float32.
     *
     * @param piece float32 in native order
     * @param position index in R^P of the piece's first number, at least 0
     * @param scale what the piece is multiplied with
     */
    void add(MemorySegment piece, long position, float scale);

    /** The sum, float32, length K; owned by the caller. The accumulator is empty afterwards. */
    float[] finish();
  }
}
