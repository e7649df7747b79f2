package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;

/**
 * What follows the last layer: the final normalization and the head, which work on each position
 * alone. Belongs to one thread; graphs may be used until {@link #close}.
 */
public interface DecoderHead extends AutoCloseable {

  /**
   * Runs the final normalization.
   *
   * @param stream float32, [..., hidden], the last layer's output
   */
  NDArray normalize(NDArray stream, ModuleTap tap);

  /**
   * Runs the head.
   *
   * @param normalized float32, [..., hidden]
   * @return float32, [..., vocabulary]
   */
  NDArray logits(NDArray normalized, ModuleTap tap);

  /**
   * Carries a gradient from the logits to the output of the head's linear layer, where the decoder
   * scales or caps the logits in between.
   *
   * @param logits what {@link #logits} returned, [N, vocabulary]
   * @param delta gradient at the logits, of their shape
   * @return of the same shape; {@code delta} itself where nothing is in between
   */
  default NDArray atLinear(NDArray logits, NDArray delta) {
    return delta;
  }

  /** Releases the weights. */
  @Override
  void close();
}
