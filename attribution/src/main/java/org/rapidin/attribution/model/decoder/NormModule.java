package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import java.util.Objects;

/** RMS normalization: y = w · x/√(mean(x²) + ε). Borrows its arrays. */
public final class NormModule implements DecoderModule {
  private final String name;
  private final NDArray weight;
  private final NDArray epsilon;

  /**
   * @param weight [hidden]
   * @param epsilon float32 scalar
   */
  public NormModule(String name, NDArray weight, NDArray epsilon) {
    this.name = Objects.requireNonNull(name);
    this.weight = Objects.requireNonNull(weight);
    this.epsilon = Objects.requireNonNull(epsilon);
  }

  @Override
  public String name() {
    return name;
  }

  /** The weight, [hidden]. */
  public NDArray weight() {
    return weight;
  }

  /** ε, a float32 scalar. */
  public NDArray epsilon() {
    return epsilon;
  }

  /** Applies the normalization over the last dimension. */
  public NDArray apply(NDArray x, ModuleTap tap) {
    NDArray root = x.square().mean(new int[] {-1}, true).add(epsilon).sqrt();
    NDArray normalized = x.div(root);
    return tap.pass(this, normalized, normalized.mul(weight));
  }
}
