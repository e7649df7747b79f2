package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;

/**
 * One decoder layer with its weights in memory. Belongs to one thread; graphs made by {@link
 * #apply} may be used until {@link #close}.
 */
public interface DecoderLayer extends AutoCloseable {

  /**
   * Runs the layer.
   *
   * @param stream float32, [B, T, hidden]
   * @param tap sees every module's input and output
   * @return float32, [B, T, hidden]
   */
  NDArray apply(NDArray stream, PassContext context, ModuleTap tap);

  /** Releases the weights. */
  @Override
  void close();
}
