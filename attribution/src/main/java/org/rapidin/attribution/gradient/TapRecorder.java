package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.rapidin.attribution.model.decoder.DecoderModule;
import org.rapidin.attribution.model.decoder.ModuleTap;

/**
 * Adds zeros to the outputs of chosen modules. The gradient with respect to the zeros is δ, the
 * gradient at the module's output, of every sample separately; weights need no gradient at all.
 */
final class TapRecorder implements ModuleTap {
  private final NDManager manager;
  private final Predicate<String> chosen;
  private final List<Tap> taps = new ArrayList<>();

  /**
   * What the gradients of one module's parameters are computed from.
   *
   * @param input what the module was given
   * @param zeros what was added to its output
   */
  record Tap(DecoderModule module, NDArray input, NDArray zeros) {
    /** δ, of the output's shape. */
    NDArray delta() {
      return zeros.getGradient();
    }
  }

  /**
   * Records one piece of the forward pass.
   *
   * @param manager owns the zeros
   * @param chosen names of modules
   */
  TapRecorder(NDManager manager, Predicate<String> chosen) {
    this.manager = manager;
    this.chosen = chosen;
  }

  @Override
  public NDArray pass(DecoderModule module, NDArray input, NDArray output) {
    if (!chosen.test(module.name())) {
      return output;
    }
    NDArray zeros = manager.zeros(output.getShape());
    zeros.setRequiresGradient(true);
    taps.add(new Tap(module, input, zeros));
    return output.addi(zeros);
  }

  /** In forward order. */
  List<Tap> taps() {
    return taps;
  }

  /** Clears the gradients of one backward pass before the next. */
  void zeroGradients() {
    taps.forEach(tap -> Autograd.zero(tap.zeros()));
  }
}
