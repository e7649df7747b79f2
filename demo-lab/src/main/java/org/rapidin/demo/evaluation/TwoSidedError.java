package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * The variance of ⟨AUBᵀ, AVBᵀ⟩ as an estimate of ⟨U, V⟩, summed over layers, for Gaussian A [k_o,
 * n_o] with variance 1/k_o and B [k_i, n_i] with variance 1/k_i. Random signs have a little less.
 * With a = ‖UVᵀ‖², b = ‖UᵀV‖², t = tr(UVᵀUVᵀ) it is
 *
 * <p>((1 + 1/k_i)a + t + (‖U‖²‖V‖² + b + ⟨U, V⟩²)/k_i)/k_o + (b + t)/k_i,
 *
 * <p>by the variance of a quadratic form and E[WXW] = X + (Xᵀ + tr(X)I)/k for W = BᵀB. A side that
 * is not projected has k = ∞.
 */
final class TwoSidedError {
  private final GradientLayout layout;
  private final List<Block> blocks;

  /**
   * @param layout of one checkpoint
   * @param blocks of the projection, one a layer
   */
  TwoSidedError(GradientLayout layout, List<Block> blocks) {
    this.layout = layout;
    this.blocks = blocks;
  }

  /**
   * Returns the variance for two gradients.
   *
   * @param u all layers' gradients, one after the other
   * @param v another's
   */
  double variance(NDManager manager, float[] u, float[] v) {
    double variance = 0;
    for (int layer = 0; layer < blocks.size(); layer++) {
      List<Long> shape = layout.tensors().get(layer).shape();
      int from = Math.toIntExact(layout.position(0, layer));
      int to = from + Math.toIntExact(layout.tensors().get(layer).size());
      Shape matrix = new Shape(shape.get(0), shape.get(1));
      double perOutputs = share(blocks.get(layer).outputs(), shape.get(0));
      double perInputs = share(blocks.get(layer).inputs(), shape.get(1));
      try (NDManager pair = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        variance +=
            variance(
                TorchMemory.floats(pair, matrix, Arrays.copyOfRange(u, from, to)),
                TorchMemory.floats(pair, matrix, Arrays.copyOfRange(v, from, to)),
                perOutputs,
                perInputs);
      }
    }
    return variance;
  }

  private static double share(int kept, long width) {
    return kept < width ? 1.0 / kept : 0;
  }

  private static double variance(NDArray u, NDArray v, double perOutputs, double perInputs) {
    NDArray outputs = u.matMul(v.transpose());
    NDArray inputs = u.transpose().matMul(v);
    double a = sum(outputs.square());
    double b = sum(inputs.square());
    double t = sum(outputs.mul(outputs.transpose()));
    double product = sum(u.mul(v));
    double norms = sum(u.square()) * sum(v.square());
    double ofOutputs = (1 + perInputs) * a + t + (norms + b + product * product) * perInputs;
    return ofOutputs * perOutputs + (b + t) * perInputs;
  }

  private static double sum(NDArray array) {
    return array.sum().getFloat();
  }
}
