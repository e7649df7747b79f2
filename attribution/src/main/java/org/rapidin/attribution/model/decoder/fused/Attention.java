package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.model.decoder.RotaryAngles;
import org.rapidin.attribution.model.decoder.vector.CausalAttention;

/**
 * Causal grouped-query attention with rotary positions. All arrays are float32. Safe for several
 * threads.
 */
sealed interface Attention permits TorchAttention, HeapAttention {
  /** Heads of width 8 take 0.4 of the time on the heap, of width 64 0.7. */
  int WIDEST_ON_HEAP = 64;

  /**
   * Mixes the values.
   *
   * @param q [B, T, heads·width]; may be overwritten, as the following two
   * @param k [B, T, key heads·width]
   * @param v [B, T, key heads·width]
   * @param window how many positions a query sees, itself included
   * @return rotated queries over √width, rotated keys and values, [B, T, heads, width], and the
   *     mixed values, [B, T, heads·width]
   */
  NDList forward(NDArray q, NDArray k, NDArray v, RotaryAngles angles, int window);

  /**
   * Computes the gradients at {@link #forward}'s inputs.
   *
   * @param delta gradient at the mixed values
   * @param kept has what forward returned
   * @return δ at q, k and v, of their shapes
   */
  NDList backward(NDArray delta, Activations kept, RotaryAngles angles, int window);

  /** The fastest attention for a head width on the kernels' device. */
  static Attention of(FusedKernels kernels, int width) {
    return isOnHeap(kernels, width) ? new HeapAttention() : new TorchAttention(kernels);
  }

  /** Whether {@link #of} chooses the heap. */
  static boolean isOnHeap(FusedKernels kernels, int width) {
    return width <= WIDEST_ON_HEAP && kernels.useVectors() && CausalAttention.fits(width);
  }
}
