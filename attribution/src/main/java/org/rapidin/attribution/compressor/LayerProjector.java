package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.gradient.TensorGradient;

/** Projects gradients of one linear layer. */
@FunctionalInterface
interface LayerProjector {

  /** Takes projected gradients. */
  @FunctionalInterface
  interface Blocks {
    /**
     * The blocks of some rows.
     *
     * @param firstRow of them
     * @param projected [R, k_o, k_i]; valid only during the call
     * @param norms of the gradients, R; null stands for those of the projected ones
     */
    void put(int firstRow, NDArray projected, double[] norms);
  }

  /** Hands on the blocks of all rows, some at a time. */
  void project(TensorGradient.Outer gradient, Blocks blocks);
}
