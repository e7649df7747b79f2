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

  /** Releases the weights. */
  @Override
  void close();
}
