package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Attention of any head width, by libtorch. */
record TorchAttention(FusedKernels kernels) implements Attention {

  @Override
  public NDList forward(NDArray q, NDArray k, NDArray v, PassContext context, int window) {
    return kernels.run(Kernel.ATTEND, q, k, v, context.cos(), context.sin(), array(q, window));
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
        array(delta, window));
  }

  /** The window as the kernels take it, in the scope of the caller. */
  private static NDArray array(NDArray like, int window) {
    return TorchMemory.longs(like.getManager(), new Shape(), new long[] {window});
  }
}
