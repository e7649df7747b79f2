package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;

/** A linear layer with its optional bias and adapter. Borrows its arrays. */
record FusedLinear(FusedKernels kernels, RowOperations rows, LinearModule module) {

  /** The adapter's inner product scale·A·xᵀ, [rank, B·T]; null without an adapter. */
  NDArray inner(NDArray x) {
    return module.lora().map(lora -> rows.inner(x, lora.a(), lora.scale())).orElse(null);
  }

  /**
   * Applies the layer.
   *
   * @param inner of x
   * @param residual what is added to the result, or null
   */
  NDArray forward(NDArray x, NDArray inner, NDArray residual) {
    NDArray y = product(x, residual);
    return inner == null
        ? y
        : rows.addLowRank(y, inner, module.lora().orElseThrow().b().transpose());
  }

  private NDArray product(NDArray x, NDArray residual) {
    NDArray weight = module.weight();
    NDArray bias = module.bias().orElse(null);
    if (bias == null) {
      return residual == null
          ? kernels.one(Kernel.LINEAR, x, weight)
          : kernels.one(Kernel.LINEAR_ADD, x, weight, residual);
    }
    return residual == null
        ? kernels.one(Kernel.LINEAR_BIAS, x, weight, bias)
        : kernels.one(Kernel.LINEAR_BIAS_ADD, x, weight, bias, residual);
  }

  /** Whether a gradient of the layer's own parameters is wanted. */
  boolean isWanted(FusedGradients gradients) {
    String name = module.name();
    return gradients.wants(name + ".weight")
        || gradients.wants(name + ".bias")
        || gradients.wants(LoraWeights.nameOfA(name))
        || gradients.wants(LoraWeights.nameOfB(name));
  }

  /**
   * Passes on the wanted gradients.
   *
   * @param delta at the output, [B, T, out]
   * @param x the input, [B, T, in]
   * @param inner of x
   * @param other what is added to the result, or null; closed
   * @param needsInput whether the gradient at x is needed
   * @return the gradient at x plus other, [B, T, in]; null if it is not needed
   */
  NDArray backward(
      NDArray delta,
      NDArray x,
      NDArray inner,
      NDArray other,
      boolean needsInput,
      FusedGradients gradients) {
    String name = module.name();
    if (gradients.wants(name + ".weight")) {
      gradients.outer(name + ".weight", delta, x);
    }
    if (gradients.wants(name + ".bias")) {
      gradients.dense(name + ".bias", delta.sum(new int[] {1}));
    }
    NDArray outer = inner == null ? null : adapter(delta, x, inner, needsInput, gradients);
    if (!needsInput) {
      return null;
    }
    NDArray input = productBackward(delta, other);
    return outer == null ? input : rows.addLowRank(input, outer, module.lora().orElseThrow().a());
  }

  private NDArray productBackward(NDArray delta, NDArray other) {
    if (other == null) {
      return kernels.one(Kernel.LINEAR_BACK, delta, module.weight());
    }
    NDArray input = kernels.one(Kernel.LINEAR_BACK_ADD, delta, module.weight(), other);
    other.close();
    return input;
  }

  /** Passes on the adapter's gradients; returns scale·Bᵀ·δᵀ, [rank, B·T], where it is needed. */
  private NDArray adapter(
      NDArray delta, NDArray x, NDArray inner, boolean needsInput, FusedGradients gradients) {
    LoraWeights.Pair lora = module.lora().orElseThrow();
    String nameOfA = LoraWeights.nameOfA(module.name());
    String nameOfB = LoraWeights.nameOfB(module.name());
    if (gradients.wants(nameOfB)) {
      gradients.dense(nameOfB, rows.factorTransposed(delta, inner));
    }
    boolean wantsA = gradients.wants(nameOfA);
    if (!wantsA && !needsInput) {
      return null;
    }
    NDArray outer = rows.inner(delta, lora.b().transpose(), lora.scale());
    if (wantsA) {
      gradients.dense(nameOfA, rows.factor(x, outer));
    }
    return outer;
  }
}
