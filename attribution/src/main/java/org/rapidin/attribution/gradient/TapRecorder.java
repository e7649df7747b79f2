package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.model.decoder.DecoderModule;
import org.rapidin.attribution.model.decoder.ModuleTap;

/**
 * Adds zeros to the outputs of chosen modules. The gradient with respect to the zeros is δ, the
 * gradient at the module's output, of every sample separately; weights need no gradient at all.
 */
final class TapRecorder implements ModuleTap {
  private final NDManager manager;
  private final Set<String> chosen;
  private final Map<String, Tap> taps = new LinkedHashMap<>();

  /**
   * What is needed of one module to have its parameters' gradients.
   *
   * @param input what the module was given
   * @param zeros what was added to its output
   */
  record Tap(DecoderModule module, NDArray input, NDArray zeros) {
    /** δ, of the output's shape. */
    NDArray delta() {
      return ((PtNDArray) zeros).getGradient();
    }
  }

  /**
   * @param manager owns the zeros
   * @param chosen names of modules
   */
  TapRecorder(NDManager manager, Set<String> chosen) {
    this.manager = manager;
    this.chosen = chosen;
  }

  @Override
  public NDArray pass(DecoderModule module, NDArray input, NDArray output) {
    if (!chosen.contains(module.name())) {
      return output;
    }
    NDArray zeros = manager.zeros(output.getShape());
    zeros.setRequiresGradient(true);
    NDScope.unregister(zeros, input); // the layer's scope closes before the backward pass
    taps.put(module.name(), new Tap(module, input, zeros));
    return output.addi(zeros);
  }

  /** By module name, in forward order. */
  Map<String, Tap> taps() {
    return taps;
  }

  /** Forgets the gradients of one backward pass before the next. */
  void zeroGradients() {
    taps.values().forEach(tap -> JniUtils.zeroGrad((PtNDArray) tap.zeros()));
  }
}
