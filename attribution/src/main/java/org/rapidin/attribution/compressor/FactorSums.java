package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Adds the factors of gradients up as a pass computes them: δᵀ·δ and xᵀ·x over the tokens of all
 * rows. A token that has no part in a layer's gradient, because its δ is 0, does not count there.
 *
 * @param sums of the layout whose tensors the pass has
 * @param weight of each token
 */
public record FactorSums(FactorCovariances sums, double weight) implements TensorSink {
  private static final int[] WIDTH = {2};

  /** Returns the bytes that this takes in a pass, beyond gradients that are multiplied out. */
  public static long passBytes(GradientLayout layout) {
    return layout.tensors().stream()
        .mapToLong(tensor -> tensor.shape().stream().mapToLong(width -> width * width).sum())
        .map(numbers -> numbers * Float.BYTES)
        .max()
        .orElse(0);
  }

  @Override
  public void accept(TensorGradient gradient) {
    if (!(gradient instanceof TensorGradient.Outer outer)) {
      throw new IllegalStateException(
          "tensor %s is not the weight of a linear layer".formatted(gradient.parameter()));
    }
    long rows = outer.delta().getShape().get(0);
    // Twice, because both factors are copied: their absolute values, and the tokens that count.
    long numbersOfRow = 2 * (outer.delta().size() + outer.input().size()) / rows;
    long chunk = Math.clamp(FactorProjector.CHUNK / numbersOfRow, 1, rows);
    for (long from = 0; from < rows; from += chunk) {
      add(FactorProjector.rows(outer, from, Math.min(rows, from + chunk)));
    }
  }

  /** Which of both is δ depends on how the weight is stored; no input of a layer is all 0. */
  private void add(TensorGradient.Outer outer) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray counted = counted(outer.delta()).mul(counted(outer.input()));
      sums.add(
          outer.parameter(),
          Math.round(counted.sum().getFloat()),
          TorchMemory.view(products(outer.delta().mul(counted))),
          TorchMemory.view(products(outer.input().mul(counted))),
          weight);
    }
  }

  /** [R, S, 1]: 1 where a token's numbers are not all 0, else 0. */
  private static NDArray counted(NDArray tokens) {
    return tokens.abs().sum(WIDTH, true).sign();
  }

  /** Σ v·vᵀ over all tokens, [n, n]. */
  private static NDArray products(NDArray tokens) {
    long width = tokens.getShape().get(2);
    NDArray flat = tokens.reshape(tokens.size() / width, width);
    return flat.transpose().matMul(flat);
  }
}
