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

  /**
   * Sum of the output widths of a layer's linear modules, of the layer where it is largest: how
   * many numbers a token takes at their outputs.
   *
   * @param rows sequences of the batch
   */
  long linearWidths(int rows);

  /**
   * Numbers for each token that a layer takes under automatic differentiation beyond those of a
   * layer of Llama's shape.
   *
   * @param keys that a query is compared with, on average
   * @param rows sequences of the batch
   */
  default long additionalFloats(long keys, int rows) {
    return 0;
  }

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
