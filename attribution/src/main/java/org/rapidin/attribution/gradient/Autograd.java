package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/** Torch's automatic differentiation, which is on only inside of these methods. */
final class Autograd {
  private Autograd() {}

  /** Runs operations and records their graph. */
  static NDArray record(Supplier<NDArray> operations) {
    JniUtils.setGradMode(true);
    try {
      return operations.get();
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  /**
   * Adds gradients to the leaves of a graph.
   *
   * @param delta gradient at the output, of its shape
   * @param keep whether the graph is needed again
   */
  static void backward(NDArray output, NDArray delta, boolean keep) {
    JniUtils.setGradMode(true);
    try {
      JniUtils.backward((PtNDArray) output, (PtNDArray) delta, keep, false);
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  /** Clears a leaf's gradient, so that the next backward pass does not add to it. */
  static void zero(NDArray leaf) {
    JniUtils.zeroGrad((PtNDArray) leaf);
  }
}
