package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDScope;
import org.rapidin.attribution.gradient.TensorGradient;

/**
 * Projects the factors of a gradient, which is never multiplied out: O(S·(k_o·n_o + k_i·n_i))
 * operations a row for S tokens.
 *
 * @param exactNorms whether the norms of the gradients are computed; otherwise those of the
 *     projected ones stand for them, which is cheaper
 */
record FactorProjector(TwoSidedProjection projection, boolean exactNorms)
    implements LayerProjector {
  /** Numbers of what is computed at a time: those of the products that {@code DenseRows} forms. */
  static final long CHUNK = 16L << 20;

  @Override
  public void project(TensorGradient.Outer gradient, Blocks blocks) {
    long rows = gradient.delta().getShape().get(0);
    long tokens = gradient.delta().getShape().get(1);
    long chunk = Math.clamp(CHUNK / numbersOfRow(tokens), 1, rows);
    for (long from = 0; from < rows; from += chunk) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        TensorGradient.Outer some = rows(gradient, from, Math.min(rows, from + chunk));
        blocks.put(
            some.firstRow(),
            projection.apply(some.delta(), some.input()),
            exactNorms ? OuterNorms.of(some) : null);
      }
    }
  }

  private long numbersOfRow(long tokens) {
    long projected = projection.numbersOfRow(tokens);
    return exactNorms ? Math.max(projected, OuterNorms.numbersOfRow(tokens)) : projected;
  }

  /** Returns the rows {@code from} to {@code to} of those that a gradient has. */
  static TensorGradient.Outer rows(TensorGradient.Outer outer, long from, long to) {
    if (to - from == outer.delta().getShape().get(0)) {
      return outer;
    }
    String range = from + ":" + to;
    return new TensorGradient.Outer(
        outer.parameter(),
        outer.firstRow() + Math.toIntExact(from),
        outer.delta().get(range),
        outer.input().get(range));
  }
}
