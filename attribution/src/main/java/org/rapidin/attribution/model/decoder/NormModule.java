package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import java.util.Optional;

/**
 * A normalization over the last dimension: y = w·n + b, with n the input divided by its size. See
 * {@link Kind} for n and w. Borrows its arrays.
 */
public final class NormModule implements DecoderModule {
  private final String name;
  private final Kind kind;
  private final NDArray weight;
  private final NDArray bias;
  private final NDArray epsilon;
  private final NDArray one;

  /** How an input is normalized, and what its weight means. */
  public enum Kind {
    /** n = x/√(mean(x²) + ε). */
    RMS,
    /** As RMS, and what multiplies n is the weight + 1, as in Gemma. */
    RMS_PLUS_ONE,
    /** n = (x - mean(x))/√(variance(x) + ε), with a bias. */
    LAYER
  }

  /**
   * An RMS normalization.
   *
   * @param weight [width]
   * @param epsilon float32 scalar
   */
  public NormModule(String name, NDArray weight, NDArray epsilon) {
    this(name, Kind.RMS, weight, null, epsilon, null);
  }

  /**
   * A normalization of any kind.
   *
   * @param weight [width]
   * @param bias [width], or null
   * @param epsilon float32 scalar
   * @param one the float32 scalar 1, which only RMS_PLUS_ONE needs; else it may be null
   */
  public NormModule(
      String name, Kind kind, NDArray weight, NDArray bias, NDArray epsilon, NDArray one) {
    this.name = Objects.requireNonNull(name);
    this.kind = Objects.requireNonNull(kind);
    this.weight = Objects.requireNonNull(weight);
    this.bias = bias;
    this.epsilon = Objects.requireNonNull(epsilon);
    this.one = one;
  }

  @Override
  public String name() {
    return name;
  }

  /** The weight, [width]. */
  public NDArray weight() {
    return weight;
  }

  /** The bias, [width], where there is one. */
  public Optional<NDArray> bias() {
    return Optional.ofNullable(bias);
  }

  /** ε, a float32 scalar. */
  public NDArray epsilon() {
    return epsilon;
  }

  /** Applies the normalization over the last dimension. */
  public NDArray apply(NDArray x, ModuleTap tap) {
    NDArray centered = kind == Kind.LAYER ? x.sub(mean(x)) : x;
    NDArray normalized = centered.div(mean(centered.square()).add(epsilon).sqrt());
    NDArray scaled = normalized.mul(kind == Kind.RMS_PLUS_ONE ? weight.add(one) : weight);
    return tap.pass(this, normalized, bias == null ? scaled : scaled.add(bias));
  }

  private static NDArray mean(NDArray x) {
    return x.mean(new int[] {-1}, true);
  }
}
