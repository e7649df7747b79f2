package org.rapidin.plugin.handle;

import java.util.Objects;
import java.util.Optional;

/**
 * A query's gradient on this node.
 *
 * @param handle the gradient's key, and the node that resolved it
 * @param gradient the vector and its origin
 * @param tokens the gradients of the selected tokens; empty unless they are on this node
 */
public record HeldGradient(
    GradientHandle handle, ResolvedGradient gradient, Optional<TokenVectors> tokens) {
  public HeldGradient {
    Objects.requireNonNull(handle, "handle");
    Objects.requireNonNull(gradient, "gradient");
  }

  /** Bytes of all vectors. */
  long bytes() {
    return gradient.bytes() + tokens.map(TokenVectors::bytes).orElse(0L);
  }

  HeldGradient with(TokenVectors vectors) {
    return new HeldGradient(handle, gradient, Optional.of(vectors));
  }
}
