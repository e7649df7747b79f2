package org.rapidin.attribution.service;

import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.batch.BatchSketch;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.TensorSink;

/**
 * Sketches of the rows of one batch, while their gradients arrive tensor by tensor: where they go,
 * how they are scaled, and what is wrong with them. Belongs to one thread.
 *
 * <p>In the concatenation that is sketched, tensor p of checkpoint c begins at c·P plus the sizes
 * of the tensors before it.
 */
final class RowSketches {
  private final TensorScale scale;
  private final long[] offsets;
  private final long length;
  private final BatchSketch sums;
  private final double[] squaredNorms;
  private final String[] notFinite;
  private final List<Parameter> parameters;
  private final int[] tensors;
  private int expected;

  /**
   * No gradients yet.
   *
   * @param sums of the batch, empty; the caller closes it
   * @param parameters the tensors of one checkpoint
   * @param rows of the batch
   */
  RowSketches(BatchSketch sums, List<Parameter> parameters, TensorScale scale, int rows) {
    this.sums = sums;
    this.scale = scale;
    this.parameters = parameters;
    this.offsets = new long[parameters.size()];
    long end = 0;
    for (int p = 0; p < offsets.length; p++) {
      offsets[p] = end;
      end += parameters.get(p).size();
    }
    this.length = end;
    this.squaredNorms = new double[rows];
    this.notFinite = new String[rows];
    this.tensors = new int[rows];
  }

  /** Takes the gradients of one checkpoint; once each. */
  TensorSink checkpoint(int checkpoint) {
    expected += offsets.length;
    return sums.sink(
        new BatchSketch.Placement() {
          @Override
          public long position(int parameter) {
            return checkpoint * length + offsets[parameter];
          }

          @Override
          public float factor(int row, int parameter, double norm) {
            return RowSketches.this.factor(checkpoint, row, parameter, norm);
          }
        });
  }

  private float factor(int checkpoint, int row, int parameter, double norm) {
    tensors[row]++;
    if (!Double.isFinite(norm)) {
      notFinite[row] = parameters.get(parameter).name();
      return 0;
    }
    float factor = (float) scale.of(checkpoint, parameter, norm);
    if (factor != 0) {
      squaredNorms[row] += Math.pow(factor * norm, 2);
    }
    return factor;
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
    return sums.finish(row);
  }
}
