package org.rapidin.attribution.service;

import java.util.List;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.service.ModelInstance.WeightedComputer;
import org.rapidin.attribution.sketch.LayerNormalization;

/** What a tensor's gradient is multiplied with before it is sketched. */
@FunctionalInterface
interface TensorScale {

  /**
   * The factor.
   *
   * @param checkpoint index of the checkpoint
   * @param parameter index of the tensor
   * @param norm L2 norm of its gradient, finite
   */
  double of(int checkpoint, int parameter, double norm);

  /** Normalises as an attributor says, and weights checkpoints by √weight on both sides. */
  static TensorScale of(Normalization normalization, List<WeightedComputer> checkpoints) {
    double[] roots =
        checkpoints.stream().mapToDouble(checkpoint -> Math.sqrt(checkpoint.weight())).toArray();
    return switch (normalization) {
      case LAYER ->
          (checkpoint, parameter, norm) -> roots[checkpoint] * LayerNormalization.scale(norm);
      case NONE -> (checkpoint, parameter, norm) -> roots[checkpoint];
    };
  }

  /** Keeps what {@code scale} said, for gradients that are to be scaled alike. */
  static TensorScale recording(TensorScale scale, double[][] said) {
    return (checkpoint, parameter, norm) ->
        said[checkpoint][parameter] = scale.of(checkpoint, parameter, norm);
  }

  /** Repeats what was kept. */
  static TensorScale repeating(double[][] said) {
    return (checkpoint, parameter, norm) -> said[checkpoint][parameter];
  }
}
