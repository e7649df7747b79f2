package org.rapidin.attribution.batch;

import java.lang.foreign.MemorySegment;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.LayerNormalization;

/** In main memory: the norm in one pass, scale and sketch in another, no copy. */
final class HostBatchSketch implements BatchSketch {
  private final GradientSketch.Accumulator[] sums;

  HostBatchSketch(GradientSketch sketch, int rows) {
    sums = new GradientSketch.Accumulator[rows];
    for (int row = 0; row < rows; row++) {
      sums[row] = sketch.accumulator();
    }
  }

  @Override
  public TensorSink sink(Placement placement) {
    return new DenseRows((row, parameter, gradient) -> add(placement, row, parameter, gradient));
  }

  private void add(Placement placement, int row, int parameter, MemorySegment gradient) {
    double norm = Math.sqrt(LayerNormalization.squaredNorm(gradient));
    float factor = placement.factor(row, parameter, norm);
    if (factor != 0) {
      sums[row].add(gradient, placement.position(parameter), factor);
    }
  }

  @Override
  public float[] finish(int row) {
    float[] sketch = sums[row].finish();
    sums[row] = null;
    return sketch;
  }

  @Override
  public void close() {}
}
