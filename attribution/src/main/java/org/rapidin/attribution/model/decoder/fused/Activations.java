package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a layer's backward pass needs of its forward pass in addition to the layer's input: per
 * token 4 · (2 · heads + 2 · key heads) · head width + 4 · (hidden + 2 · intermediate) bytes, and
 * for each adapter 4 · rank.
 *
 * <p>Belongs to one thread, and to the manager of the layer's input until closed.
 *
 * @param q rotated queries over √width, [B, T, heads, width]
 * @param k rotated keys, [B, T, key heads, width]
 * @param v values, [B, T, key heads, width]
 * @param mixed the attention's output, [B, T, heads·width]
 * @param attended the stream after attention, [B, T, hidden]
 * @param gate [B, T, intermediate]
 * @param up [B, T, intermediate]
 * @param inputScale reciprocal root mean square of the input, [B, T, 1]
 * @param middleScale reciprocal root mean square of {@code attended}, [B, T, 1]
 * @param inner the adapters' inner products of q, k, v, o, gate and up, [rank, B·T]; null where a
 *     linear layer has no adapter
 */
public record Activations(
    NDArray q,
    NDArray k,
    NDArray v,
    NDArray mixed,
    NDArray attended,
    NDArray gate,
    NDArray up,
    NDArray inputScale,
    NDArray middleScale,
    List<NDArray> inner)
    implements AutoCloseable {

  private NDArray[] all() {
    Stream<NDArray> large = Stream.of(q, k, v, mixed, attended, gate, up, inputScale, middleScale);
    return Stream.concat(large, inner.stream().filter(Objects::nonNull)).toArray(NDArray[]::new);
  }

  /** Takes the arrays out of the thread's scope. */
  Activations keep() {
    NDScope.unregister(all());
    return this;
  }

  @Override
  public void close() {
    Arrays.stream(all()).forEach(NDArray::close);
  }
}
