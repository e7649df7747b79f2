package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.file.SecondMoments;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Multiplies gradients out, some at a time, divides each number by the root of its second moment
 * and projects the quotients. The divisors are read from the file once a pass, so that no copy of
 * them stays in memory.
 */
record ScaledProjector(TwoSidedProjection projection, SecondMoments moments, Tensor tensor)
    implements LayerProjector {

  @Override
  public void project(TensorGradient.Outer gradient, Blocks blocks) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray factors = factors(gradient.delta().getManager());
      DenseRows.whole(
              (firstRow, parameter, gradients) ->
                  blocks.put(firstRow, projection.apply(gradients.muli(factors)), null))
          .accept(gradient);
    }
  }

  private NDArray factors(NDManager manager) {
    List<Long> shape = tensor.shape();
    return TorchMemory.floats(
        manager,
        new Shape(shape.get(0), shape.get(1)),
        (from, piece) -> moments.factors(tensor.name(), from, piece));
  }
}
