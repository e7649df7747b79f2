package org.rapidin.attribution.compressor;

import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.LayerNormalization;

/** In main memory: the norm in one pass, scale and sketch in another, no copy. */
final class HostSketches implements RowVectors {
  private final GradientSketch.Accumulator[] sums;
  private final GradientLayout layout;

  HostSketches(GradientSketch sketch, int rows, GradientLayout layout) {
    this.layout = layout;
    sums = new GradientSketch.Accumulator[rows];
    for (int row = 0; row < rows; row++) {
      sums[row] = sketch.accumulator();
    }
  }

  @Override
  public TensorSink checkpoint(int checkpoint, Scale scale) {
    return new DenseRows(
        (row, parameter, gradient) -> {
          double norm = Math.sqrt(LayerNormalization.squaredNorm(gradient));
          float factor = scale.factor(row, parameter, norm);
          if (factor != 0) {
            sums[row].add(gradient, layout.position(checkpoint, parameter), factor);
          }
        });
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
