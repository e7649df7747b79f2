package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.gradient.TensorGradient.Dense;
import org.rapidin.attribution.gradient.TensorGradient.Outer;
import org.rapidin.attribution.model.decoder.DecoderModule;
import org.rapidin.attribution.model.decoder.EmbeddingModule;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * Gradients of the parameters of modules inside the layers, from a module's input and δ. Runs
 * without recording a graph.
 */
final class ModuleGradients {
  private final ParameterSelection selection;
  private final TensorSink sink;

  ModuleGradients(ParameterSelection selection, TensorSink sink) {
    this.selection = selection;
    this.sink = sink;
  }

  /**
   * Hands on the gradients of a module's selected parameters.
   *
   * @param input [R, T, in] as the module's tap saw it
   * @param delta [R, T, out]
   */
  void emit(DecoderModule module, NDArray input, NDArray delta, PassRows rows) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray x = rows.steps(input);
      NDArray d = rows.steps(delta);
      switch (module) {
        case LinearModule linear -> emitLinear(linear, x, d, rows.first());
        case NormModule norm -> emitNorm(norm, x, d, rows.first());
        case EmbeddingModule embedding ->
            throw new IllegalStateException(
                "%s is not part of a layer".formatted(embedding.name()));
      }
    }
  }

  /** dW = δᵀ·x, db = Σδ, and with y += B·(s·A·x): dA = (s·δ·B)ᵀ·x, dB = δᵀ·(s·A·x). */
  private void emitLinear(LinearModule module, NDArray x, NDArray d, int firstRow) {
    String weight = module.name() + ".weight";
    if (selection.contains(weight)) {
      int parameter = selection.index(weight);
      sink.accept(
          module.transposed()
              ? new Outer(parameter, firstRow, x, d)
              : new Outer(parameter, firstRow, d, x));
    }
    String bias = module.name() + ".bias";
    if (selection.contains(bias)) {
      sink.accept(new Dense(selection.index(bias), firstRow, d.sum(new int[] {1})));
    }
    module.lora().ifPresent(lora -> emitLora(lora, module.name(), x, d, firstRow));
  }

  private void emitLora(LoraWeights.Pair lora, String module, NDArray x, NDArray d, int firstRow) {
    String a = LoraWeights.nameOfA(module);
    if (selection.contains(a)) {
      NDArray inner = d.matMul(lora.b()).muli(lora.scale());
      sink.accept(new Dense(selection.index(a), firstRow, inner.transpose(0, 2, 1).matMul(x)));
    }
    String b = LoraWeights.nameOfB(module);
    if (selection.contains(b)) {
      NDArray inner = x.matMul(lora.a().transpose()).muli(lora.scale());
      sink.accept(new Dense(selection.index(b), firstRow, d.transpose(0, 2, 1).matMul(inner)));
    }
  }

  /** dw = Σ δ·n, with n the normalized input, and db = Σ δ; over positions and heads. */
  private void emitNorm(NormModule module, NDArray normalized, NDArray delta, int firstRow) {
    String weight = module.name() + ".weight";
    if (selection.contains(weight)) {
      NDArray sum = sums(delta.mul(normalized));
      sink.accept(new Dense(selection.index(weight), firstRow, sum));
    }
    String bias = module.name() + ".bias";
    if (selection.contains(bias)) {
      sink.accept(new Dense(selection.index(bias), firstRow, sums(delta)));
    }
  }

  /** [R, ..., width] to [R, width]. */
  private static NDArray sums(NDArray rows) {
    Shape shape = rows.getShape();
    return rows.reshape(shape.get(0), -1, shape.get(shape.dimension() - 1)).sum(new int[] {1});
  }
}
