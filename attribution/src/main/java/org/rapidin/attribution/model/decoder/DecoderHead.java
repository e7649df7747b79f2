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
   * Runs the head's linear layer, whose output becomes the logits.
   *
   * @param normalized float32, [..., hidden]
   * @return float32, [..., vocabulary]
   */
  NDArray linear(NDArray normalized, ModuleTap tap);

  /**
   * Runs the head, for one graph of the whole model.
   *
   * @param normalized float32, [..., hidden]
   * @return float32, [..., vocabulary]
   */
  default NDArray logits(NDArray normalized, ModuleTap tap) {
    return linear(normalized, tap);
  }

  /**
   * Turns the linear layer's output into logits in place, because arrays as wide as the vocabulary
   * are the largest of a pass. Call it outside of a graph.
   *
   * @param linear [N, vocabulary]
   */
  default void toLogits(NDArray linear) {}

  /**
   * Carries a gradient from the logits to the output of the head's linear layer, in place.
   *
   * @param logits as {@link #toLogits} left them, [N, vocabulary]; overwritten
   * @param delta gradient at the logits, of their shape; overwritten with that at the linear layer
   */
  default void toLinear(NDArray logits, NDArray delta) {}

  /** Releases the weights. */
  @Override
  void close();
}
