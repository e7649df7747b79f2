package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;

/**
 * What a linear layer's gradient G is multiplied with on both sides: P_o·G·P_iᵀ.
 *
 * @param outputs P_o, of the layer's n_o outputs
 * @param inputs P_i, of its n_i inputs
 */
record TwoSidedProjection(ProjectedSide outputs, ProjectedSide inputs) {

  /** Numbers that {@link #apply(NDArray, NDArray)} computes for each row of some tokens. */
  long numbersOfRow(long tokens) {
    return tokens * (inputs.kept() + outputs.kept()) + inputs.kept() * outputs.kept();
  }

  /**
   * Projects gradients δᵀ·x without multiplying them out.
   *
   * @param delta [R, S, n_o]
   * @param input [R, S, n_i]
   * @return [R, k_o, k_i]
   */
  NDArray apply(NDArray delta, NDArray input) {
    return outputs.apply(delta).transpose(0, 2, 1).matMul(inputs.apply(input));
  }

  /**
   * Projects gradients that are multiplied out.
   *
   * @param gradients [R, n_o, n_i]
   * @return [R, k_o, k_i]
   */
  NDArray apply(NDArray gradients) {
    NDArray columns = inputs.apply(gradients).transpose(0, 2, 1);
    return outputs.apply(columns).transpose(0, 2, 1);
  }
}
