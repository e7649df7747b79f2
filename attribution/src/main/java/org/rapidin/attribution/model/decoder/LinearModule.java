package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Objects;
import java.util.Optional;

/**
 * y = W·x + b, with LoRA: y = W·x + b + scale·B·A·x. W may be stored transposed, as in GPT-2.
 * Borrows its arrays.
 */
public final class LinearModule implements DecoderModule {
  private final String name;
  private final NDArray weight;
  private final NDArray bias;
  private final LoraWeights.Pair lora;
  private final boolean transposed;

  /**
   * @param weight [out, in]
   * @param bias [out] or null
   * @param lora or null
   */
  public LinearModule(String name, NDArray weight, NDArray bias, LoraWeights.Pair lora) {
    this(name, weight, bias, lora, false);
  }

  /**
   * @param weight [out, in], or [in, out] if it is transposed
   * @param bias [out] or null
   * @param lora or null
   */
  public LinearModule(
      String name, NDArray weight, NDArray bias, LoraWeights.Pair lora, boolean transposed) {
    this.name = Objects.requireNonNull(name);
    this.weight = Objects.requireNonNull(weight);
    this.bias = bias;
    this.lora = lora;
    this.transposed = transposed;
  }

  @Override
  public String name() {
    return name;
  }

  /** The adapter, where there is one. */
  public Optional<LoraWeights.Pair> lora() {
    return Optional.ofNullable(lora);
  }

  /** Whether the weight is stored as [in, out]. */
  public boolean transposed() {
    return transposed;
  }

  /** The weight as it is stored. */
  public NDArray weight() {
    return weight;
  }

  /** The bias, [out], where there is one. */
  public Optional<NDArray> bias() {
    return Optional.ofNullable(bias);
  }

  /** Applies the layer; the adapter is scaled at its rank and added in place. */
  public NDArray apply(NDArray x, ModuleTap tap) {
    NDArray y = linear(x, transposed ? weight.transpose() : weight, bias);
    if (lora != null) {
      NDArray inner = linear(x, lora.a(), null).muli(lora.scale());
      y.addi(linear(inner, lora.b(), null));
    }
    return tap.pass(this, x, y);
  }

  private static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
    return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
  }
}
