package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.model.decoder.RotaryAngles;

/** Attention of any head width, by libtorch. */
record TorchAttention(FusedKernels kernels) implements Attention {

  @Override
  public NDList forward(NDArray q, NDArray k, NDArray v, RotaryAngles angles, int window) {
    return kernels.run(Kernel.ATTEND, q, k, v, angles.cos(), angles.sin(), kernels.window(window));
  }

  @Override
  public NDList backward(NDArray delta, Activations kept, RotaryAngles angles, int window) {
    return kernels.run(
        Kernel.ATTEND_BACK,
        delta,
        kept.q(),
        kept.k(),
        kept.v(),
        angles.cos(),
        angles.sin(),
        kernels.window(window));
  }
}
