package org.rapidin.attribution.model.decoder.composed;

import java.util.Objects;
import org.rapidin.attribution.model.decoder.ConfigSizes;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * What is outside of a decoder's layers.
 *
 * @param hiddenSize width of the residual stream
 * @param layers number of layers
 * @param heads query heads of a layer
 * @param vocabularySize number of tokens
 * @param maxPositions longest sequence that the model was made for
 * @param tiedHead whether the head is the embedding
 * @param norm kind of all normalizations
 * @param epsilon of all normalizations
 * @param embeddingFactor what the embedding is multiplied with
 * @param logitFactor what the logits are multiplied with
 * @param logitCap c of logits x, which become c·tanh(x/c); 0 for none
 */
public record DecoderShape(
    int hiddenSize,
    int layers,
    int heads,
    int vocabularySize,
    int maxPositions,
    boolean tiedHead,
    NormModule.Kind norm,
    double epsilon,
    double embeddingFactor,
    double logitFactor,
    double logitCap) {

  public DecoderShape {
    ConfigSizes.require("hidden_size", hiddenSize, 1 << 20);
    ConfigSizes.require("num_hidden_layers", layers, 1 << 10);
    ConfigSizes.require("num_attention_heads", heads, 1 << 12);
    ConfigSizes.require("vocab_size", vocabularySize, 1 << 24);
    ConfigSizes.require("max_position_embeddings", maxPositions, 1 << 28);
    Objects.requireNonNull(norm, "norm");
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          "the normalizations' epsilon must be more than 0, got %s".formatted(epsilon));
    }
  }

  /** A shape that scales neither embedding nor logits. */
  public DecoderShape(
      int hiddenSize,
      int layers,
      int heads,
      int vocabularySize,
      int maxPositions,
      boolean tiedHead,
      NormModule.Kind norm,
      double epsilon) {
    this(hiddenSize, layers, heads, vocabularySize, maxPositions, tiedHead, norm, epsilon, 1, 1, 0);
  }
}
