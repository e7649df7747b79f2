package org.rapidin.attribution.model.decoder.llama;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.ConfigSizes;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RotaryPositions;

/**
 * Shape of a Llama-like decoder: grouped-query attention with rotary positions, a gated MLP with
 * SiLU, RMS normalization before both. Mistral and Qwen2 differ in windows and biases only.
 *
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the gated MLP
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param vocabularySize number of tokens
 * @param maxPositions longest sequence the model was made for
 * @param normEpsilon added to the mean square in RMS normalization
 * @param rotary position frequencies and the width of a head
 * @param tiedHead whether the head is the embedding
 * @param biases which attention projections have a bias
 * @param windows per layer, how many positions each position sees, itself included; {@link
 *     PassContext#UNBOUNDED} for all
 */
public record LlamaConfig(
    int hiddenSize,
    int intermediateSize,
    int heads,
    int keyValueHeads,
    int vocabularySize,
    int maxPositions,
    double normEpsilon,
    RotaryPositions rotary,
    boolean tiedHead,
    AttentionBiases biases,
    List<Integer> windows)
    implements DecoderConfig {

  /** Which attention projections have a bias. */
  public enum AttentionBiases {
    /** None. */
    NONE,
    /** Queries, keys and values, as in Qwen2. */
    QKV,
    /** Queries, keys, values and the output, as in Llama with {@code attention_bias}. */
    QKVO
  }

  public LlamaConfig {
    ConfigSizes.require("hidden_size", hiddenSize, 1 << 20);
    ConfigSizes.require("intermediate_size", intermediateSize, 1 << 22);
    ConfigSizes.require("num_hidden_layers", windows.size(), 1 << 10);
    ConfigSizes.requireHeads(heads, keyValueHeads, rotary.headDimension());
    ConfigSizes.require("vocab_size", vocabularySize, 1 << 24);
    ConfigSizes.require("max_position_embeddings", maxPositions, 1 << 28);
    windows.forEach(window -> ConfigSizes.require("sliding_window", window, Integer.MAX_VALUE));
    Objects.requireNonNull(biases, "biases");
    windows = List.copyOf(windows);
    if (!(normEpsilon > 0)) {
      throw new IllegalArgumentException(
          "rms_norm_eps must be more than 0, got %s".formatted(normEpsilon));
    }
  }

  @Override
  public int layers() {
    return windows.size();
  }

  /** Width of a head. */
  public int headDimension() {
    return rotary.headDimension();
  }

  @Override
  public long linearWidths(int rows) {
    return (heads + 2L * keyValueHeads) * headDimension() + 2L * (hiddenSize + intermediateSize);
  }

  @Override
  public ModelLayout layout() {
    return LlamaLayout.of(this);
  }

  @Override
  public Decoder build(DecoderWeights weights, Optional<LoraWeights> adapter) {
    return new LlamaDecoder(this, weights, adapter);
  }
}
