package org.rapidin.attribution.model.decoder;

import java.util.Optional;

/** The shape of one decoder, as its config.json states it. Immutable. */
public interface DecoderConfig {

  /** Width of the residual stream. */
  int hiddenSize();

  /** Number of decoder layers. */
  int layers();

  /** Query heads of a layer. */
  int heads();

  /** Number of tokens in the vocabulary. */
  int vocabularySize();

  /** Length of the longest sequence that the model takes. */
  int maxPositions();

  /** Every parameter with its shape and role. */
  ModelLayout layout();

  /**
   * Builds the decoder. It borrows the weights and the adapter; call it outside of any NDScope.
   *
   * @param weights have this configuration's layout
   * @param adapter of linear layers, if any
   */
  Decoder build(DecoderWeights weights, Optional<LoraWeights> adapter);
}
