package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * Forward and backward pass of one layer with RMS normalization, causal grouped-query attention
 * with rotary positions, and a gated SiLU MLP (Llama, Mistral, Qwen2), without autograd. Every
 * position sees all earlier ones: sequences are padded on the right, and an attention window must
 * not be shorter than T.
 *
 * <p>Borrows its weights and costs nothing to make. Belongs to one thread, whose gradient mode must
 * be off. All arrays are float32; a result belongs to the manager of the stream it came from.
 */
public final class FusedLayer {
  private final FusedKernels kernels;
  private final Parts parts;
  private final FusedLinears linears;
  private final NDArray cos;
  private final NDArray sin;

  /** The modules of a layer, named as in Hugging Face's Llama. */
  public record Parts(
      NormModule inputNorm,
      LinearModule q,
      LinearModule k,
      LinearModule v,
      LinearModule o,
      NormModule middleNorm,
      LinearModule gate,
      LinearModule up,
      LinearModule down) {}

  /**
   * A layer with its weights.
   *
   * @param cos cosines of the rotary angles, [1, 1, T, head width], the same in both halves
   * @param sin sines of the rotary angles, of the same shape
   */
  public FusedLayer(FusedKernels kernels, Parts parts, NDArray cos, NDArray sin) {
    this.kernels = kernels;
    this.parts = parts;
    this.linears = new FusedLinears(kernels, parts);
    this.cos = cos;
    this.sin = sin;
  }

  /**
   * Whether a layer can run without autograd on a pass.
   *
   * @param window how many positions each position sees, itself included
   * @param length T
   */
  public static boolean supports(int window, int length) {
    return window >= length;
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
  public NDArray forward(NDArray stream, List<? super Activations> kept) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Activations activations = upToGate(stream);
      NDArray output = finish(activations);
      kept.add(activations.keep());
      return output;
    }
  }

  private NDArray finish(Activations kept) {
    NDArray x = kernels.one(Kernel.GATED, kept.gate(), kept.up());
    NDArray output = linears.down().forward(x, linears.down().inner(x), kept.attended());
    NDScope.unregister(output);
    return output;
  }

  private Activations upToGate(NDArray stream) {
    NDList normed = norm(stream, parts.inputNorm());
    NDArray x = normed.get(0);
    List<NDArray> inner = new ArrayList<>();
    NDArray queries = project(linears.q(), x, inner);
    NDArray keys = project(linears.k(), x, inner);
    NDArray values = project(linears.v(), x, inner);
    x.close();
    NDList mix = kernels.run(Kernel.ATTEND, queries, keys, values, cos, sin);
    queries.close();
    keys.close();
    NDArray mixed = mix.get(3);
    inner.add(linears.o().inner(mixed));
    NDArray attended = linears.o().forward(mixed, inner.getLast(), stream);
    NDList middle = norm(attended, parts.middleNorm());
    NDArray gated = project(linears.gate(), middle.get(0), inner);
    NDArray raised = project(linears.up(), middle.get(0), inner);
    middle.get(0).close();
    return new Activations(
        mix.get(0),
        mix.get(1),
        mix.get(2),
        mixed,
        mix.get(4),
        attended,
        gated,
        raised,
        normed.get(1),
        middle.get(1),
        inner);
  }

  private NDList norm(NDArray x, NormModule norm) {
    return kernels.run(Kernel.NORM, x, norm.weight(), norm.epsilon());
  }

  private static NDArray project(FusedLinear linear, NDArray x, List<NDArray> inner) {
    inner.add(linear.inner(x));
    return linear.forward(x, inner.getLast(), null);
  }

  /**
   * Computes the gradients of the layer's parameters and of its input.
   *
   * @param stream the layer's input, [B, T, hidden]
   * @param kept from {@link #forward(NDArray, List)}; null to compute them again
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
      Activations activations = kept == null ? upToGate(stream) : kept;
      FusedBackward backward = new FusedBackward(kernels, parts, linears, cos, sin, gradients);
      NDArray result = backward.run(stream, activations, delta, needsInput);
      if (result != null) {
        NDScope.unregister(result);
      }
      return result;
    }
  }
}
