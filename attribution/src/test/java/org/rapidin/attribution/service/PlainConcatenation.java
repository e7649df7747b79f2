package org.rapidin.attribution.service;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.sketch.GradientSketch;

/** No compression: the gradient itself. */
record PlainConcatenation(int dimension) implements GradientSketch {
  @Override
  public Accumulator accumulator() {
    return new Accumulator() {
      private float[] sum = new float[dimension];

      @Override
      public void add(MemorySegment piece, long position, float scale) {
        for (int i = 0; i < piece.byteSize() / 4; i++) {
          sum[(int) position + i] +=
              scale * piece.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) i * 4);
        }
      }

      @Override
      public float[] finish() {
        float[] result = sum;
        sum = new float[dimension];
        return result;
      }
    };
  }
}
