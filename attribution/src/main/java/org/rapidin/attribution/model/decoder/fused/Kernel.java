package org.rapidin.attribution.model.decoder.fused;

import java.util.Locale;

/**
 * The functions of {@code kernels.py}. Arrays are float32; x, δ and results are [B, T, width]
 * unless noted; r is the reciprocal root mean square, [B, T, 1]; z is an adapter's inner product,
 * [rank, B·T].
 */
enum Kernel {
  /** x, w, ε → w·x·r, r. */
  NORM,
  /** x, w, r → w·x·r. */
  NORM_AGAIN,
  /** δ, x, w, r → the gradient at x. */
  NORM_BACK,
  /** δ, x, w, r, other → the gradient at x plus other. */
  NORM_BACK_ADD,
  /** δ, x, r → the weight's gradient, [B, width]. */
  NORM_WEIGHT,
  /** x, W → x·Wᵀ. */
  LINEAR,
  /** x, W, bias → x·Wᵀ + bias. */
  LINEAR_BIAS,
  /** x, W, other → x·Wᵀ + other. */
  LINEAR_ADD,
  /** x, W, bias, other → x·Wᵀ + bias + other. */
  LINEAR_BIAS_ADD,
  /** δ, W → δ·W. */
  LINEAR_BACK,
  /** δ, W, other → δ·W + other. */
  LINEAR_BACK_ADD,
  /** x, M [rank, width], scale → z = scale·M·xᵀ. */
  INNER,
  /** y, z, M [rank, width] → zᵀ·M + y, in place. */
  ADD_LOW_RANK,
  /** x, z → z·x for each sample, [B, rank, width]. */
  FACTOR,
  /** δ, z → (z·δ)ᵀ for each sample, [B, width, rank]. */
  FACTOR_TRANSPOSED,
  /**
   * q, k, v, cos, sin, window → rotated and scaled q, rotated k, v [B, T, heads, width], mixed.
   * Queries are taken {@link Products#queries} at a time with the keys that they see, so that
   * scores take little memory and little is computed above the diagonal.
   */
  ATTEND,
  /** δ, q, k, v as ATTEND returned them, cos, sin, window → δ at q, k and v. */
  ATTEND_BACK,
  /** gate, up → silu(gate)·up. */
  GATED,
  /** δ, gate, up → δ at gate and up. */
  GATED_BACK,
  /** x, positions [n], w, ε, W → logits [n, vocabulary], x [n, width] and r [n, 1] there. */
  LOGITS,
  /**
   * logits [n, vocabulary], targets [n, 1], loss weights [n, 1] → losses [n], δ at the logits:
   * weight·(softmax − 1 at the target).
   */
  CROSS_ENTROPY,
  /** x [R, ...] → x as contiguous rows [R, n], the L2 norm of each row in double precision [R]. */
  ROWS_AND_NORMS;

  /** The function's name. */
  String function() {
    return name().toLowerCase(Locale.ROOT);
  }
}
