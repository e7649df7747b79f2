package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.torch.TorchMemory;

/** By libtorch, on any device. */
record TorchRows(FusedKernels kernels) implements RowOperations {

  @Override
  public NDArray inner(NDArray x, NDArray m, NDArray scale) {
    return kernels.one(Kernel.INNER, x, m, scale);
  }

  @Override
  public NDArray factor(NDArray x, NDArray z) {
    return kernels.one(Kernel.FACTOR, x, z);
  }

  @Override
  public NDArray factorTransposed(NDArray x, NDArray z) {
    return kernels.one(Kernel.FACTOR_TRANSPOSED, x, z);
  }

  @Override
  public NDArray addLowRank(NDArray y, NDArray z, NDArray m) {
    kernels.run(Kernel.ADD_LOW_RANK, y, z, m);
    return y;
  }

  @Override
  public NDList norm(NDArray x, NormModule norm) {
    return kernels.run(Kernel.NORM, x, norm.weight(), norm.epsilon());
  }

  @Override
  public NDArray normAgain(NDArray x, NormModule norm, NDArray scale) {
    return kernels.one(Kernel.NORM_AGAIN, x, norm.weight(), scale);
  }

  @Override
  public NDArray normBackward(
      NDArray delta, NDArray x, NormModule norm, NDArray scale, NDArray residual) {
    NDArray input = kernels.one(Kernel.NORM_BACK_ADD, delta, x, norm.weight(), scale, residual);
    delta.close();
    return input;
  }

  @Override
  public NDArray gated(NDArray gate, NDArray up) {
    return kernels.one(Kernel.GATED, gate, up);
  }

  @Override
  public NDList gatedBackward(NDArray delta, NDArray gate, NDArray up) {
    NDList deltas = kernels.run(Kernel.GATED_BACK, delta, gate, up);
    delta.close();
    return deltas;
  }

  @Override
  public CrossEntropies crossEntropy(NDArray logits, long[] targets, float[] weights) {
    NDManager manager = logits.getManager();
    Shape column = new Shape(targets.length, 1);
    NDList results =
        kernels.run(
            Kernel.CROSS_ENTROPY,
            logits,
            TorchMemory.longs(manager, column, targets),
            TorchMemory.floats(manager, column, weights));
    logits.close();
    return new CrossEntropies(results.get(0).toFloatArray(), results.get(1));
  }
}
