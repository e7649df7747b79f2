package org.rapidin.attribution.model.decoder;

import java.util.List;
import java.util.Objects;

/**
 * A parameter tensor of a base model.
 *
 * @param name its Hugging Face name, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param shape dimensions, row-major
 * @param role what it is to its module
 * @param layer index of its decoder layer, or {@link #OUTSIDE}
 */
public record ParameterShape(String name, List<Long> shape, Role role, int layer) {
  /** The layer of what belongs to no decoder layer: embedding, final normalization and head. */
  public static final int OUTSIDE = -1;

  /** What a parameter is to its module. */
  public enum Role {
    /** Weight of a linear layer, {@code [out, in]}. */
    LINEAR,
    /** Weight of a linear layer that is stored transposed, {@code [in, out]}, as in GPT-2. */
    TRANSPOSED_LINEAR,
    /** Weight of a normalization, {@code [width]}. */
    NORM,
    /** Bias of a linear layer or of a normalization, {@code [out]}. */
    BIAS,
    /** A table of vectors: an embedding, a head or positions, {@code [rows, hidden]}. */
    TABLE
  }

  public ParameterShape {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(role, "role");
    shape = List.copyOf(shape);
  }

  /** The name of the module that the parameter belongs to. */
  public String module() {
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** Whether it is the weight of a linear layer below the head. */
  public boolean isLinear() {
    return role == Role.LINEAR || role == Role.TRANSPOSED_LINEAR;
  }

  /** Input width of a linear layer's weight. */
  public long inputs() {
    return shape.get(role == Role.TRANSPOSED_LINEAR ? 0 : 1);
  }

  /** Output width of a linear layer's weight. */
  public long outputs() {
    return shape.get(role == Role.TRANSPOSED_LINEAR ? 1 : 0);
  }

  /** Number of elements. */
  public long size() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
