package org.rapidin.attribution.service;

import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.compressor.RowVectors;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.TensorSink;

/**
 * The rows of one batch, while their gradients arrive tensor by tensor: how they are scaled, and
 * what is wrong with them. Belongs to one thread.
 */
final class CheckedRows {
  private final TensorScale scale;
  private final RowVectors vectors;
  private final double[] squaredNorms;
  private final String[] notFinite;
  private final List<Parameter> parameters;
  private final int[] tensors;
  private int expected;

  /**
   * No gradients yet.
   *
   * @param vectors of the batch, empty; the caller closes them
   * @param parameters the tensors of one checkpoint
   * @param rows of the batch
   */
  CheckedRows(RowVectors vectors, List<Parameter> parameters, TensorScale scale, int rows) {
    this.vectors = vectors;
    this.scale = scale;
    this.parameters = parameters;
    this.squaredNorms = new double[rows];
    this.notFinite = new String[rows];
    this.tensors = new int[rows];
  }

  /** Takes the gradients of one checkpoint; once each. */
  TensorSink checkpoint(int checkpoint) {
    expected += parameters.size();
    return vectors.checkpoint(
        checkpoint, (row, parameter, norm) -> factor(checkpoint, row, parameter, norm));
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
   * A row's vector, length K; once, because its memory is released.
   *
   * @throws IllegalStateException as for {@link #fault}
   */
  float[] finish(int row) {
    requireAll(row);
    return vectors.finish(row);
  }
}
