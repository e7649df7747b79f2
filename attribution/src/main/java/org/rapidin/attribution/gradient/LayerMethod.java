package org.rapidin.attribution.gradient;

import java.util.Objects;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.LlamaDecoder;

/** How the layers of a decoder run backward. */
sealed interface LayerMethod {

  /**
   * Prepares a pass.
   *
   * @param keptBytes what activations may take between the way up and the way down
   */
  LayerRunner open(LayerWork work, long keptBytes);

  /** With torch's automatic differentiation: any family. */
  record Automatic() implements LayerMethod {
    @Override
    public LayerRunner open(LayerWork work, long keptBytes) {
      return new AutogradLayers(work);
    }
  }

  /** By hand: layers of Llama's shape. */
  record ByHand(LlamaDecoder decoder, FusedKernels kernels) implements LayerMethod {
    public ByHand {
      Objects.requireNonNull(decoder, "decoder");
      Objects.requireNonNull(kernels, "kernels");
    }

    @Override
    public LayerRunner open(LayerWork work, long keptBytes) {
      return new FusedLayers(work, decoder, kernels, keptBytes);
    }
  }
}
