package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
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
   * What the variance of a layer is made of, whatever the projection.
   *
   * @param product ⟨U, V⟩
   * @param norms ‖U‖²‖V‖²
   */
  record Sums(double a, double b, double t, double product, double norms) {

    /** Returns those of each layer for two gradients, all layers one after the other. */
    static List<Sums> of(NDManager manager, GradientLayout layout, float[] u, float[] v) {
      List<Sums> sums = new ArrayList<>();
      for (int layer = 0; layer < layout.tensors().size(); layer++) {
        List<Long> shape = layout.tensors().get(layer).shape();
        int from = Math.toIntExact(layout.position(0, layer));
        int to = from + Math.toIntExact(layout.tensors().get(layer).size());
        Shape matrix = new Shape(shape.get(0), shape.get(1));
        try (NDManager pair = manager.newSubManager();
            NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          sums.add(
              of(
                  TorchMemory.floats(pair, matrix, Arrays.copyOfRange(u, from, to)),
                  TorchMemory.floats(pair, matrix, Arrays.copyOfRange(v, from, to))));
        }
      }
      return sums;
    }

    private static Sums of(NDArray u, NDArray v) {
      NDArray outputs = u.matMul(v.transpose());
      NDArray inputs = u.transpose().matMul(v);
      return new Sums(
          sum(outputs.square()),
          sum(inputs.square()),
          sum(outputs.mul(outputs.transpose())),
          sum(u.mul(v)),
          sum(u.square()) * sum(v.square()));
    }

    private static double sum(NDArray array) {
      return array.sum().getFloat();
    }
  }

  /**
   * @param layout of one checkpoint
   * @param blocks of the projection, one a layer
   */
  TwoSidedError(GradientLayout layout, List<Block> blocks) {
    this.layout = layout;
    this.blocks = blocks;
  }

  /** Returns the variance for two gradients. */
  double variance(List<Sums> layers) {
    double variance = 0;
    for (int layer = 0; layer < blocks.size(); layer++) {
      List<Long> shape = layout.tensors().get(layer).shape();
      double perOutputs = share(blocks.get(layer).outputs(), shape.get(0));
      double perInputs = share(blocks.get(layer).inputs(), shape.get(1));
      variance += variance(layers.get(layer), perOutputs, perInputs);
    }
    return variance;
  }

  private static double share(int kept, long width) {
    return kept < width ? 1.0 / kept : 0;
  }

  private static double variance(Sums sums, double perOutputs, double perInputs) {
    double squares = sums.norms() + sums.b() + sums.product() * sums.product();
    double ofOutputs = (1 + perInputs) * sums.a() + sums.t() + squares * perInputs;
    return ofOutputs * perOutputs + (sums.b() + sums.t()) * perInputs;
  }
}
