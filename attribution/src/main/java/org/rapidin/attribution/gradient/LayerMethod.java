package org.rapidin.attribution.gradient;

import java.util.Objects;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaDecoder;

/** How the layers of a decoder run backward. */
sealed interface LayerMethod {

  /**
   * Prepares a pass.
   *
   * @param keptBytes what activations may take between the way up and the way down
   */
  LayerRunner open(LayerWork work, long keptBytes);

  /**
   * Bytes of one layer's activations that {@link #open} may keep.
   *
   * @param tokens rows times T
   */
  long activationBytes(long tokens);

  /**
   * Numbers that one layer's forward and backward work holds at its peak.
   *
   * @param tokens rows times T
   * @param length T
   * @param widths sum of the output widths of the layer's linear modules
   */
  long layerFloats(long tokens, int length, long widths);

  /**
   * Numbers that one layer's forward work holds at its peak where nothing is kept; as {@link
   * #layerFloats}.
   */
  long forwardFloats(long tokens, int length, long widths);

  /** Arrays as wide as the vocabulary that a chunk of predictions holds at the head's peak. */
  int headArrays();

  /** With torch's automatic differentiation: any family. */
  record Automatic(DecoderConfig config, boolean adapted) implements LayerMethod {
    @Override
    public long activationBytes(long tokens) {
      return 0;
    }

    @Override
    public int headArrays() {
      return 3;
    }

    @Override
    public long layerFloats(long tokens, int length, long widths) {
      long keys = PassContext.keysPerQuery(length);
      long others = 5L * config.heads() * keys + additional(tokens, length);
      return tokens * (widths * (adapted ? 9 : 8) + 6L * config.hiddenSize() + others);
    }

    @Override
    public long forwardFloats(long tokens, int length, long widths) {
      long keys = PassContext.keysPerQuery(length);
      long others = 4L * config.heads() * keys + additional(tokens, length);
      return tokens * (widths * (adapted ? 5 : 4) + 6L * config.hiddenSize() + others);
    }

    private long additional(long tokens, int length) {
      int rows = Math.toIntExact(tokens / length);
      return config.additionalFloats(PassContext.keysPerQuery(length), rows);
    }

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
    public long activationBytes(long tokens) {
      return FusedLayers.activationBytes(decoder.config(), tokens);
    }

    @Override
    public int headArrays() {
      return kernels.logitArrays();
    }

    @Override
    public long layerFloats(long tokens, int length, long widths) {
      LlamaConfig config = decoder.config();
      long scores = config.heads() * kernels.scores(config.headDimension(), length);
      return tokens * (2 * widths + 2L * config.hiddenSize() + scores);
    }

    @Override
    public long forwardFloats(long tokens, int length, long widths) {
      LlamaConfig config = decoder.config();
      long scores = config.heads() * kernels.scores(config.headDimension(), length);
      return tokens * (widths + 2L * config.hiddenSize() + scores);
    }

    @Override
    public LayerRunner open(LayerWork work, long keptBytes) {
      return new FusedLayers(work, decoder, kernels, keptBytes);
    }
  }
}
