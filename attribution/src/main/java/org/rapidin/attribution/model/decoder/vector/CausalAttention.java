package org.rapidin.attribution.model.decoder.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Causal attention of the heads that share keys and values, for one sequence. Queries are taken 16
 * at a time with the keys that they see: one vector has a key's scores of all of them, scores stay
 * in the cache, and nothing is computed above the diagonal. The backward pass computes the scores
 * again.
 *
 * <p>Belongs to one thread. Takes at most 64 · T + 32 · width + 600 numbers of heap.
 */
public sealed interface CausalAttention permits NarrowAttention, WideAttention {

  /**
   * Attention over keys and values.
   *
   * @param keys [T, width], with column stride 1
   * @param values [T, width], with column stride 1
   * @param length T
   * @param width of a head, a multiple of 8
   * @param window how many positions a query sees, itself included
   */
  static CausalAttention of(Matrix keys, Matrix values, int length, int width, int window) {
    return width == NarrowHead.WIDTH
        ? new NarrowAttention(keys, values, length, window)
        : new WideAttention(keys, values, length, width, window);
  }

  /** Whether heads of a width can be computed. */
  static boolean fits(int width) {
    return width % FloatVector.SPECIES_256.length() == 0;
  }

  /**
   * Computes each query's mean of the values, weighted by the softmax of its scores.
   *
   * @param queries one head's, [T, width], divided by √width
   * @param mixed receives the means, [T, width], with column stride 1; zeros before
   */
  void forward(Matrix queries, Matrix mixed);

  /**
   * Computes one head's gradients.
   *
   * @param queries as for {@link #forward}
   * @param mixed as forward returned it
   * @param delta gradient at it, [T, width]
   * @param toQueries receives the gradient at the queries, [T, width]; zeros before
   * @param toKeys gradient at the keys, [T, width], added to, as the following
   * @param toValues gradient at the values
   */
  void backward(
      Matrix queries, Matrix mixed, Matrix delta, Matrix toQueries, Matrix toKeys, Matrix toValues);
}
