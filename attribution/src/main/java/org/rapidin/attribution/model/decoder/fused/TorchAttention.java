package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.model.decoder.PassContext;

/** Attention of any head width, by libtorch. */
record TorchAttention(FusedKernels kernels) implements Attention {

  @Override
  public NDList forward(NDArray q, NDArray k, NDArray v, PassContext context, int window) {
    return kernels.run(
        Kernel.ATTEND, q, k, v, context.cos(), context.sin(), kernels.window(window));
  }

  @Override
  public NDList backward(NDArray delta, Activations kept, PassContext context, int window) {
    return kernels.run(
        Kernel.ATTEND_BACK,
        delta,
        kept.q(),
        kept.k(),
        kept.v(),
        context.cos(),
        context.sin(),
        kernels.window(window));
  }
}
