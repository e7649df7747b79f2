package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;

/**
 * Sees what goes into and out of every module during a forward pass, and may put something in place
 * of the output. This is how gradients with respect to parameters are had without asking for them:
 * see the gradient package.
 */
@FunctionalInterface
public interface ModuleTap {
  /** Lets everything pass. */
  ModuleTap NONE = (module, input, output) -> output;

  /**
   * @param module whose output it is
   * @param input float32: a linear layer's input [..., in], a normalisation's normalised input
   *     before its weight [..., hidden]; int64: an embedding's token ids [B, T]
   * @param output float32; belongs to the tap, which may change it in place
   * @return what the decoder goes on with, of the output's shape
   */
  NDArray pass(DecoderModule module, NDArray input, NDArray output);
}
