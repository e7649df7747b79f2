package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * What a pass computes token by token, apart from the large matrix products and attention. All
 * arrays are float32 and contiguous. Safe for several threads.
 */
sealed interface RowOperations permits TorchRows, VectorRows {

  /**
   * Multiplies rows with those of a factor of low rank, scale·m·xᵀ.
   *
   * @param x [B, T, width]
   * @param m [rank, width]; need not be contiguous
   * @param scale []
   * @return [rank, B·T]
   */
  NDArray inner(NDArray x, NDArray m, NDArray scale);

  /**
   * Multiplies factors of low rank with the rows of each sample, z·x.
   *
   * @param x [B, T, width]
   * @param z [rank, B·T]
   * @return [B, rank, width]
   */
  NDArray factor(NDArray x, NDArray z);

  /** The transpose of {@link #factor}'s products, [B, width, rank], contiguous. */
  NDArray factorTransposed(NDArray x, NDArray z);

  /**
   * Adds the product of two factors of low rank, y + zᵀ·m.
   *
   * @param y [B, T, width]; overwritten and returned
   * @param z [rank, B·T]
   * @param m [rank, width]; need not be contiguous
   */
  NDArray addLowRank(NDArray y, NDArray z, NDArray m);

  /**
   * Normalizes rows.
   *
   * @param x [B, T, hidden]
   * @return w·x·r and r, [B, T, 1]
   */
  NDList norm(NDArray x, NormModule norm);

  /** Normalizes rows again whose r is known. */
  NDArray normAgain(NDArray x, NormModule norm, NDArray scale);

  /**
   * The backward pass of {@link #norm}.
   *
   * @param delta gradient at the result; closed, or overwritten and returned
   * @param residual is added
   * @return δ at x plus the residual
   */
  NDArray normBackward(NDArray delta, NDArray x, NormModule norm, NDArray scale, NDArray residual);

  /** Computes silu(gate)·up. */
  NDArray gated(NDArray gate, NDArray up);

  /**
   * The backward pass of {@link #gated}.
   *
   * @param delta gradient at the result; closed, or overwritten and returned
   * @return δ at gate and up
   */
  NDList gatedBackward(NDArray delta, NDArray gate, NDArray up);

  /**
   * Losses of predictions.
   *
   * @param losses −ln p(target), in nats, unweighted, [n]
   * @param delta gradients of the weighted losses at the logits, [n, vocabulary]
   */
  record CrossEntropies(float[] losses, NDArray delta) {}

  /**
   * Computes losses and their gradients, weight·(softmax − 1 at the target).
   *
   * @param logits [n, vocabulary]; closed, or overwritten and returned as the gradients
   * @param targets [n]
   * @param weights [n], of the losses
   */
  CrossEntropies crossEntropy(NDArray logits, long[] targets, float[] weights);

  /** The fastest on the kernels' device. */
  static RowOperations of(FusedKernels kernels) {
    TorchRows torch = new TorchRows(kernels);
    return kernels.useVectors() ? new VectorRows(torch) : torch;
  }
}
