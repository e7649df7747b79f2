package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The identity of R^P: number p of the vector is number p of the gradient, rounded once when it is
 * scaled.
 */
public final class Concatenation implements GradientSketch {
  private final int dimension;

  /**
   * The identity.
   *
   * @param dimension P, at least 1
   */
  public Concatenation(int dimension) {
    this.dimension = dimension;
  }

  @Override
  public Accumulator accumulator() {
    return new Numbers();
  }

  private final class Numbers implements Accumulator {
    private float[] numbers; // null while there are none, so that a finished row takes no memory

    @Override
    public void add(MemorySegment piece, long position, float scale) {
      int length = Math.toIntExact(SketchInput.requireLength(piece, position));
      int from = Math.toIntExact(position);
      if (numbers == null) {
        numbers = new float[dimension];
      }
      for (int i = 0; i < length; i++) {
        numbers[from + i] += scale * piece.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
      }
    }

    @Override
    public float[] finish() {
      float[] finished = numbers == null ? new float[dimension] : numbers;
      numbers = null;
      return finished;
    }
  }
}
