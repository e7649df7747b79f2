package org.rapidin.attribution.model.decoder;

import java.util.Objects;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Shape of a Llama decoder, as its config.json states it.
 *
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the gated MLP
 * @param layers number of decoder layers
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param headDimension width of a head, even
 * @param vocabularySize number of tokens
 * @param maxPositions longest sequence the model was made for
 * @param normEpsilon added to the mean square in RMS normalisation
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling how they are stretched
 * @param tiedHead whether the head is the embedding
 * @param attentionBias whether q, k, v and o have biases
 */
public record ModelConfig(
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int keyValueHeads,
    int headDimension,
    int vocabularySize,
    int maxPositions,
    double normEpsilon,
    double ropeTheta,
    RopeScaling ropeScaling,
    boolean tiedHead,
    boolean attentionBias) {

  public ModelConfig {
    requireSize("hidden_size", hiddenSize, 1 << 20);
    requireSize("intermediate_size", intermediateSize, 1 << 22);
    requireSize("num_hidden_layers", layers, 1 << 10);
    requireSize("num_attention_heads", heads, 1 << 12);
    requireSize("num_key_value_heads", keyValueHeads, 1 << 12);
    requireSize("head_dim", headDimension, 1 << 12);
    requireSize("vocab_size", vocabularySize, 1 << 24);
    requireSize("max_position_embeddings", maxPositions, 1 << 28);
    Objects.requireNonNull(ropeScaling, "ropeScaling");
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "num_key_value_heads " + keyValueHeads + " does not divide num_attention_heads " + heads);
    }
    if (headDimension % 2 != 0) {
      throw new IllegalArgumentException("head_dim must be even, got " + headDimension);
    }
    if (!(normEpsilon > 0) || !(ropeTheta > 0)) {
      throw new IllegalArgumentException("rms_norm_eps and rope_theta must be more than 0");
    }
  }

  /**
   * Interprets a config.json.
   *
   * @throws IllegalArgumentException if it is malformed or says something that is not known here;
   *     names the key
   */
  public static ModelConfig parse(JsonObject json) {
    return ModelConfigFormat.parse(json);
  }

  /** Parses the bytes of a config.json; as {@link #parse(JsonObject)}. */
  public static ModelConfig parse(byte[] json) {
    return ModelConfigFormat.parse(JsonObject.parse("config.json", json));
  }

  private static void requireSize(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(what + " must be 1 to " + most + ", got " + value);
    }
  }
}
