package org.rapidin.attribution.service;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import java.util.Optional;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a model's layers run backward: by hand, which is faster and takes less memory, if a short
 * text gets the gradients of automatic differentiation.
 */
final class LayerMethod implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerMethod.class);

  private FusedKernels kernels;
  private boolean automatic;

  /**
   * Finds out; called once.
   *
   * @param model its id, for the log
   * @param manager of the model
   * @param oracle of the first checkpoint, under automatic differentiation; the others are of its
   *     shape
   * @param probes memory of the passes that find out
   */
  void choose(String model, NDManager manager, GradientComputer oracle, PassBudget probes) {
    whyAutomatic(manager, oracle, probes)
        .ifPresent(
            reason -> {
              automatic = true;
              LOG.warn(
                  "model [{}] computes gradients by automatic differentiation, slower: {}",
                  model,
                  reason);
            });
  }

  /** Returns what keeps layers from running by hand; empty too for layers of another shape. */
  private Optional<String> whyAutomatic(
      NDManager manager, GradientComputer oracle, PassBudget probes) {
    try {
      kernels = FusedKernels.load(manager);
      Optional<GradientComputer> byHand = oracle.byHand(kernels);
      automatic = byHand.isEmpty();
      return byHand.flatMap(fast -> fast.disagreement(oracle, probes::reserveWithActivations));
    } catch (EngineException // kernels that this libtorch or processor does not have
        | IllegalArgumentException e) { // not even a short text can ever fit
      return Optional.of(e.getMessage());
    }
  }

  /** Returns a computer that uses the method. */
  GradientComputer of(GradientComputer computer) {
    return automatic ? computer : computer.byHand(kernels).orElse(computer);
  }

  /** Whether layers run under automatic differentiation, and not by hand. */
  boolean automatic() {
    return automatic;
  }

  /** The program of layers by hand; empty if this libtorch or processor cannot run it. */
  Optional<FusedKernels> kernels() {
    return Optional.ofNullable(kernels);
  }

  @Override
  public void close() {
    if (kernels != null) {
      kernels.close();
    }
  }
}
