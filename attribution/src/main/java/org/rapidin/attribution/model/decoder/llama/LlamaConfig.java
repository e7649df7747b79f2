package org.rapidin.attribution.model.decoder.llama;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
    requireSize("hidden_size", hiddenSize, 1 << 20);
    requireSize("intermediate_size", intermediateSize, 1 << 22);
    requireSize("num_hidden_layers", windows.size(), 1 << 10);
    requireSize("num_attention_heads", heads, 1 << 12);
    requireSize("num_key_value_heads", keyValueHeads, 1 << 12);
    requireSize("head_dim", rotary.headDimension(), 1 << 12);
    requireSize("vocab_size", vocabularySize, 1 << 24);
    requireSize("max_position_embeddings", maxPositions, 1 << 28);
    windows.forEach(window -> requireSize("sliding_window", window, Integer.MAX_VALUE));
    Objects.requireNonNull(biases, "biases");
    windows = List.copyOf(windows);
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "num_key_value_heads %s does not divide num_attention_heads %s"
              .formatted(keyValueHeads, heads));
    }
    if (!(normEpsilon > 0)) {
      throw new IllegalArgumentException(
          "rms_norm_eps must be more than 0, got %s".formatted(normEpsilon));
    }
  }

  private static void requireSize(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException("%s must be 1 to %s, got %s".formatted(what, most, value));
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
