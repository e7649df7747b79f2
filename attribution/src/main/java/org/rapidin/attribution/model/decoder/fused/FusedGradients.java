package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;

/**
 * Receives the gradients of a layer's parameters while its backward pass runs. Called by one
 * thread; the arrays are valid only during the call.
 */
public interface FusedGradients {

  /**
   * Whether a parameter's gradient is wanted; only then is it computed and passed on.
   *
   * @param parameter its Hugging Face or PEFT name
   */
  boolean wants(String parameter);

  /**
   * The gradient of a linear layer's weight, as factors: δᵀ·x for each sample.
   *
   * @param parameter name of the weight, [out, in]
   * @param delta float32, [B, T, out]
   * @param input float32, [B, T, in]
   */
  void outer(String parameter, NDArray delta, NDArray input);

  /**
   * The gradient of any other parameter.
   *
   * @param parameter its name
   * @param rows float32, [B, ...the parameter's shape]: one gradient per sample
   */
  void dense(String parameter, NDArray rows);
}
