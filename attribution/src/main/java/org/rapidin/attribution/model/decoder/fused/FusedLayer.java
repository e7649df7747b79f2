package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RotaryAngles;
import org.rapidin.attribution.model.decoder.llama.LlamaLayer;

/**
 * Forward and backward pass of one layer with RMS normalization, causal grouped-query attention
 * with rotary positions, and a gated SiLU MLP (Llama, Mistral, Qwen2), without autograd. Sequences
 * are padded on the right.
 *
 * <p>Borrows its weights and costs nothing to make. Belongs to one thread, whose gradient mode must
 * be off. All arrays are float32; a result belongs to the manager of the stream it came from.
 */
public final class FusedLayer {
  private final FusedKernels kernels;
  private final LlamaLayer layer;
  private final RotaryAngles angles;
  private final RowOperations rows;
  private final FusedLinears linears;
  private final Attention attention;

  /**
   * A layer on a pass.
   *
   * @param layer holds the weights; stays with the caller
   * @param context has the rotary angles of T positions
   */
  public FusedLayer(FusedKernels kernels, LlamaLayer layer, PassContext context) {
    this.kernels = kernels;
    this.layer = layer;
    this.angles = context.angles(layer.attention().rotary());
    this.rows = RowOperations.of(kernels);
    this.linears = new FusedLinears(kernels, rows, layer);
    this.attention = Attention.of(kernels, layer.attention().width());
  }

  /**
   * Runs the layer and keeps nothing.
   *
   * @param stream [B, T, hidden]
   * @return [B, T, hidden]
   */
  public NDArray forward(NDArray stream) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return finish(upToGate(stream));
    }
  }

  /**
   * Runs the layer and keeps what {@link #backward} needs.
   *
   * @param stream [B, T, hidden]
   * @param kept receives the activations; the caller closes them
   * @return [B, T, hidden]
   */
  public NDArray forward(NDArray stream, Consumer<? super Activations> kept) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Activations activations = upToGate(stream);
      NDArray output = finish(activations);
      kept.accept(activations.keep());
      return output;
    }
  }

  /**
   * Computes the activations again, in three quarters of the time of {@link #forward(NDArray)}.
   *
   * @param stream [B, T, hidden]
   * @return the caller closes them
   */
  public Activations activations(NDArray stream) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return upToGate(stream).keep();
    }
  }

  private NDArray finish(Activations kept) {
    NDArray x = rows.gated(kept.gate(), kept.up());
    NDArray output = linears.down().forward(x, linears.down().inner(x), kept.attended());
    NDScope.unregister(output);
    return output;
  }

  private Activations upToGate(NDArray stream) {
    NDList normed = rows.norm(stream, layer.inputNorm());
    NDArray x = normed.get(0);
    List<NDArray> inner = new ArrayList<>();
    NDArray queries = project(linears.q(), x, inner);
    NDArray keys = project(linears.k(), x, inner);
    NDArray values = project(linears.v(), x, inner);
    x.close();
    NDList mix = attention.forward(queries, keys, values, angles, layer.attention().window());
    queries.close();
    keys.close();
    NDArray mixed = mix.get(3);
    inner.add(linears.o().inner(mixed));
    NDArray attended = linears.o().forward(mixed, inner.getLast(), stream);
    NDList middle = rows.norm(attended, layer.middleNorm());
    NDArray gated = project(linears.gate(), middle.get(0), inner);
    NDArray raised = project(linears.up(), middle.get(0), inner);
    middle.get(0).close();
    return new Activations(
        mix.get(0),
        mix.get(1),
        mix.get(2),
        mixed,
        attended,
        gated,
        raised,
        normed.get(1),
        middle.get(1),
        inner);
  }

  private static NDArray project(FusedLinear linear, NDArray x, List<NDArray> inner) {
    inner.add(linear.inner(x));
    return linear.forward(x, inner.getLast(), null);
  }

  /**
   * Computes the gradients of the layer's parameters and of its input. One forward pass may serve
   * several backward passes.
   *
   * @param stream the layer's input, [B, T, hidden]
   * @param kept the activations of that input
   * @param delta the gradient at the layer's output, [B, T, hidden]
   * @param needsInput whether the gradient at the input is needed
   * @param gradients receives the gradients that it wants
   * @return the gradient at the input, [B, T, hidden]; null if it is not needed
   */
  public NDArray backward(
      NDArray stream,
      Activations kept,
      NDArray delta,
      boolean needsInput,
      FusedGradients gradients) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      FusedBackward backward =
          new FusedBackward(kernels, rows, layer, linears, angles, attention, gradients);
      NDArray input = backward.run(stream, kept, delta, needsInput);
      if (input != null) {
        NDScope.unregister(input);
      }
      return input;
    }
  }
}
