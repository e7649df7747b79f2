package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;

/** The computation of one layer. */
@FunctionalInterface
public interface LayerBody {

  /**
   * Runs the layer.
   *
   * @param stream float32, [B, T, hidden]; must not change
   * @param tap sees every module's input and output
   * @return float32, [B, T, hidden]
   */
  NDArray apply(NDArray stream, PassContext context, ModuleTap tap);
}
