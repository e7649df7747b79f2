package org.rapidin.attribution.service;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.LayerNormalization;

/**
 * Sketches of the rows of one batch, while their gradients arrive tensor by tensor: the norm in one
 * pass, scale and sketch in another, no copy. Belongs to one thread.
 *
 * <p>In the concatenation that is sketched, tensor p of checkpoint c lies at c·P plus the sizes of
 * the tensors before it.
 */
final class RowSketches {
  private final TensorScale scale;
  private final long[] offsets;
  private final long length;
  private final GradientSketch.Accumulator[] sums;
  private final double[] squaredNorms;
  private final String[] notFinite;
  private final List<Parameter> parameters;
  private final int[] tensors;
  private int expected;

  /**
   * Empty sums.
   *
   * @param parameters the tensors of one checkpoint
   * @param rows of the batch
   */
  RowSketches(GradientSketch sketch, List<Parameter> parameters, TensorScale scale, int rows) {
    this.scale = scale;
    this.parameters = parameters;
    this.offsets = new long[parameters.size()];
    long end = 0;
    for (int p = 0; p < offsets.length; p++) {
      offsets[p] = end;
      end += parameters.get(p).size();
    }
    this.length = end;
    this.sums = new GradientSketch.Accumulator[rows];
    for (int row = 0; row < rows; row++) {
      sums[row] = sketch.accumulator();
    }
    this.squaredNorms = new double[rows];
    this.notFinite = new String[rows];
    this.tensors = new int[rows];
  }

  /** Takes the gradients of one checkpoint; once each. */
  TensorSink checkpoint(int checkpoint) {
    expected += offsets.length;
    return new DenseRows((row, parameter, gradient) -> add(checkpoint, row, parameter, gradient));
  }

  private void add(int checkpoint, int row, int parameter, MemorySegment gradient) {
    tensors[row]++;
    double norm = Math.sqrt(LayerNormalization.squaredNorm(gradient));
    if (!Double.isFinite(norm)) {
      notFinite[row] = parameters.get(parameter).name();
      return;
    }
    float factor = (float) scale.of(checkpoint, parameter, norm);
    if (factor != 0) {
      squaredNorms[row] += Math.pow(factor * norm, 2);
      sums[row].add(gradient, checkpoint * length + offsets[parameter], factor);
    }
  }

  /**
   * Why a row has no vector, once all its gradients have arrived.
   *
   * @throws IllegalStateException if some have not: a vector would silently lack a tensor
   */
  Optional<String> fault(int row) {
    requireAll(row);
    if (notFinite[row] != null) {
      return Optional.of(
          "the gradient of tensor [%s] has numbers that are not finite (NaN or infinity)"
              .formatted(notFinite[row]));
    }
    return squaredNorms[row] > 0
        ? Optional.empty()
        : Optional.of("the gradient is zero in every parameter");
  }

  private void requireAll(int row) {
    if (tensors[row] != expected) {
      throw new IllegalStateException(
          "gradients of %s tensors arrived for row %s, %s are selected"
              .formatted(tensors[row], row, expected));
    }
  }

  /**
   * A row's sketch, length K; once, because its memory is released.
   *
   * @throws IllegalStateException as for {@link #fault}
   */
  float[] finish(int row) {
    requireAll(row);
    float[] sketch = sums[row].finish();
    sums[row] = null;
    return sketch;
  }
}
