package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.NormModule;

/** Gradients of the parameters of one module below the head, from its input and δ. */
final class ModuleGradients {
  private final ParameterSelection selection;

  ModuleGradients(ParameterSelection selection) {
    this.selection = selection;
  }

  /** dW = δᵀ·x, db = Σδ, and with y += s·B·A·x: dA = (s·δ·B)ᵀ·x, dB = δᵀ·(s·x·Aᵀ). */
  void emit(LinearModule module, NDArray input, NDArray delta, GradientEmitter emitter) {
    int first = emitter.rows().first();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray x = emitter.steps(input);
      NDArray d = emitter.steps(delta);
      String weight = module.name() + ".weight";
      if (selection.contains(weight)) {
        emitter.products(selection.index(weight), first, d, x);
      }
      String bias = module.name() + ".bias";
      if (selection.contains(bias)) {
        emitter.rowsOf(d.sum(new int[] {1}), selection.index(bias), first);
      }
      module.lora().ifPresent(lora -> emit(lora, module.name(), x, d, emitter));
    }
  }

  private void emit(
      LoraWeights.Pair lora, String module, NDArray x, NDArray d, GradientEmitter emitter) {
    int first = emitter.rows().first();
    String a = LoraWeights.nameOfA(module);
    if (selection.contains(a)) {
      NDArray inner = d.matMul(lora.b()).mul(lora.scale());
      emitter.products(selection.index(a), first, inner, x);
    }
    String b = LoraWeights.nameOfB(module);
    if (selection.contains(b)) {
      NDArray inner = x.matMul(lora.a().transpose()).mul(lora.scale());
      emitter.products(selection.index(b), first, d, inner);
    }
  }

  /** dw = Σ δ·n, with n the normalised input. */
  void emit(NormModule module, NDArray normalized, NDArray delta, GradientEmitter emitter) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray products = emitter.steps(delta).mul(emitter.steps(normalized));
      int parameter = selection.index(module.name() + ".weight");
      emitter.rowsOf(products.sum(new int[] {1}), parameter, emitter.rows().first());
    }
  }
}
