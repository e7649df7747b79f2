package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryAngles;
import org.rapidin.attribution.model.decoder.llama.LlamaLayer;

/**
 * The backward pass of one layer, from the MLP down to the input normalization. Stops where nothing
 * below is wanted. With x̂ = x·r: a normalization y = w·x̂ has dx = r·(g − x̂·mean(g·x̂)) and dw =
 * Σδ·x̂, where g = w·δ.
 */
final class FusedBackward {
  private final FusedKernels kernels;
  private final RowOperations rows;
  private final LlamaLayer layer;
  private final FusedLinears linears;
  private final RotaryAngles angles;
  private final Attention attention;
  private final FusedGradients gradients;

  FusedBackward(
      FusedKernels kernels,
      RowOperations rows,
      LlamaLayer layer,
      FusedLinears linears,
      RotaryAngles angles,
      Attention attention,
      FusedGradients gradients) {
    this.kernels = kernels;
    this.rows = rows;
    this.layer = layer;
    this.linears = linears;
    this.angles = angles;
    this.attention = attention;
    this.gradients = gradients;
  }

  /** As {@link FusedLayer#backward}, inside a scope that frees the intermediate arrays. */
  NDArray run(NDArray stream, Activations kept, NDArray delta, boolean needsInput) {
    boolean needsProjections = needsInput || wants(layer.inputNorm());
    boolean needsMixed = needsProjections || wants(linears.q(), linears.k(), linears.v());
    boolean needsAttended = needsMixed || wants(linears.o());
    NDArray attended = mlp(kept, delta, needsAttended);
    if (!needsAttended) {
      return null;
    }
    NDArray mixed =
        linears
            .o()
            .backward(attended, kept.mixed(), kept.inner().get(3), null, needsMixed, gradients);
    if (!needsMixed) {
      return null;
    }
    NDArray normed = projections(stream, kept, mixed, needsProjections);
    if (!needsProjections) {
      return null;
    }
    return norm(layer.inputNorm(), normed, stream, kept.inputScale(), attended, needsInput);
  }

  /** From the layer's output to the stream after attention. */
  private NDArray mlp(Activations kept, NDArray delta, boolean needsAttended) {
    boolean needsNormed = needsAttended || wants(layer.middleNorm());
    boolean needsGated = needsNormed || wants(linears.gate(), linears.up());
    NDArray x = rows.gated(kept.gate(), kept.up());
    NDArray dx =
        linears.down().backward(delta, x, linears.down().inner(x), null, needsGated, gradients);
    x.close();
    if (!needsGated) {
      return null;
    }
    NDList gated = rows.gatedBackward(dx, kept.gate(), kept.up());
    NDArray normed =
        backward(
            List.of(linears.gate(), linears.up()),
            gated,
            rows.normAgain(kept.attended(), layer.middleNorm(), kept.middleScale()),
            kept.inner().subList(4, 6),
            needsNormed);
    if (!needsNormed) {
      return null;
    }
    return norm(
        layer.middleNorm(), normed, kept.attended(), kept.middleScale(), delta, needsAttended);
  }

  private NDArray projections(
      NDArray stream, Activations kept, NDArray mixed, boolean needsProjections) {
    NDList deltas = attention.backward(mixed, kept, angles, layer.attention().window());
    mixed.close();
    return backward(
        List.of(linears.q(), linears.k(), linears.v()),
        deltas,
        rows.normAgain(stream, layer.inputNorm(), kept.inputScale()),
        kept.inner().subList(0, 3),
        needsProjections);
  }

  /** Linear layers with one input; closes the input and the deltas. */
  private NDArray backward(
      List<FusedLinear> layers, NDList deltas, NDArray x, List<NDArray> inner, boolean needsInput) {
    NDArray sum = null;
    for (int i = 0; i < layers.size(); i++) {
      NDArray delta = deltas.get(i);
      sum = layers.get(i).backward(delta, x, inner.get(i), sum, needsInput, gradients);
      delta.close();
    }
    x.close();
    return sum;
  }

  /** A normalization whose input is also added to its output further on. */
  private NDArray norm(
      NormModule norm,
      NDArray delta,
      NDArray x,
      NDArray scale,
      NDArray residual,
      boolean needsInput) {
    if (wants(norm)) {
      NDArray sums = kernels.one(Kernel.NORM_WEIGHT, delta, x, scale);
      gradients.dense(norm.name() + ".weight", sums);
    }
    return needsInput ? rows.normBackward(delta, x, norm, scale, residual) : null;
  }

  private boolean wants(NormModule norm) {
    return gradients.wants(norm.name() + ".weight");
  }

  private boolean wants(FusedLinear... layers) {
    for (FusedLinear linear : layers) {
      if (linear.isWanted(gradients)) {
        return true;
      }
    }
    return false;
  }
}
