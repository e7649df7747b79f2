package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Objects;

/**
 * Causal attention in which groups of query heads share a key head.
 *
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param width of a head
 * @param scale of the scores, a float32 scalar
 * @param window how many positions each position sees, itself included; {@link
 *     PassContext#UNBOUNDED} for all
 * @param rotary positions, or null if queries and keys are not rotated
 * @param cap c of the scaled scores s, which become c·tanh(s/c), a float32 scalar; or null
 */
public record GroupedAttention(
    int heads,
    int keyValueHeads,
    int width,
    NDArray scale,
    int window,
    RotaryPositions rotary,
    NDArray cap) {
  public GroupedAttention {
    Objects.requireNonNull(scale, "scale");
  }

  /**
   * Mixes the values.
   *
   * @param q float32, [B, T, heads·width]
   * @param k float32, [B, T, keyValueHeads·width]
   * @param v float32, [B, T, keyValueHeads·width]
   * @return float32, [B, T, heads·width]
   */
  public NDArray apply(NDArray q, NDArray k, NDArray v, PassContext context) {
    long batch = q.getShape().get(0);
    int length = Math.toIntExact(q.getShape().get(1));
    NDArray queries = rotate(perHead(q, heads), context);
    NDArray keys = rotate(perHead(k, keyValueHeads), context);
    NDArray values = perHead(v, keyValueHeads);
    NDList mixed = new NDList();
    for (int from = 0; from < length; from += context.block()) {
      int to = Math.min(length, from + context.block());
      mixed.add(block(queries, keys, values, context, from, to));
    }
    NDArray all = mixed.size() == 1 ? mixed.getFirst() : NDArrays.concat(mixed, 2);
    return all.transpose(0, 2, 1, 3).reshape(batch, length, (long) heads * width);
  }

  /** Query heads that share a key head are laid one after the other: no key is copied. */
  private NDArray block(NDArray q, NDArray k, NDArray v, PassContext context, int from, int to) {
    long batch = q.getShape().get(0);
    long group = heads / keyValueHeads;
    int first = PassContext.firstKey(from, window);
    long count = (long) to - from;
    NDArray scores =
        steps(q, from, to)
            .reshape(batch, keyValueHeads, group * count, width)
            .matMul(steps(k, first, to).transpose(0, 1, 3, 2))
            .mul(scale);
    NDArray weights =
        capped(scores)
            .reshape(batch, keyValueHeads, group, count, (long) to - first)
            .add(context.mask(from, to, window))
            .softmax(-1)
            .reshape(batch, keyValueHeads, group * count, (long) to - first);
    return weights.matMul(steps(v, first, to)).reshape(batch, heads, count, width);
  }

  /** Positions of [B, heads, T, width]. */
  private static NDArray steps(NDArray x, int from, int to) {
    boolean all = from == 0 && to == x.getShape().get(2);
    return all ? x : x.get(":,:,%s:%s".formatted(from, to));
  }

  /** [B, T, count·width] to [B, count, T, width]. */
  private NDArray perHead(NDArray x, long count) {
    long batch = x.getShape().get(0);
    long length = x.getShape().get(1);
    return x.reshape(batch, length, count, width).transpose(0, 2, 1, 3);
  }

  private NDArray capped(NDArray scores) {
    return cap == null ? scores : scores.div(cap).tanh().mul(cap);
  }

  private NDArray rotate(NDArray x, PassContext context) {
    return rotary == null ? x : context.angles(rotary).rotate(x);
  }
}
