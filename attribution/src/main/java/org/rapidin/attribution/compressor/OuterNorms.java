package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.LayerNormalization;

/** L2 norms of gradients of linear layers, computed from their factors. */
final class OuterNorms {
  /** Of the sum of absolute values; a smaller sum of the products has lost too many digits. */
  private static final double CANCELLED = 1e-4;

  private OuterNorms() {}

  /**
   * Returns ‖δᵀ·x‖ of each row. With few tokens it is √⟨δδᵀ, xxᵀ⟩, S²·(m + n) operations; with
   * many, or where the terms of that nearly cancel, the product is multiplied out, row by row,
   * S·m·n operations. Relative errors are below 1e-3, and about 1e-6 where terms do not cancel.
   */
  static double[] of(TensorGradient.Outer outer) {
    Shape shape = outer.delta().getShape();
    long out = shape.get(2);
    long in = outer.input().getShape().get(2);
    boolean few = shape.get(1) * (out + in) < out * in;
    double[] norms = few ? gram(outer) : new double[Math.toIntExact(shape.get(0))];
    for (int row = 0; row < norms.length; row++) {
      if (!few || norms[row] < 0) {
        norms[row] = product(outer, row);
      }
    }
    return norms;
  }

  /** Numbers, of four bytes, that {@link #of} computes at a time for each row of some tokens. */
  static long numbersOfRow(long tokens) {
    return 8 * tokens * tokens;
  }

  /** −1 where terms cancel. */
  private static double[] gram(TensorGradient.Outer outer) {
    NDArray terms = products(outer.delta()).mul(products(outer.input()));
    double[] sums = terms.sum(new int[] {1, 2}).toDoubleArray();
    double[] sizes = terms.abs().sum(new int[] {1, 2}).toDoubleArray();
    for (int row = 0; row < sums.length; row++) {
      boolean cancelled = sizes[row] > 0 && sums[row] < CANCELLED * sizes[row];
      sums[row] = cancelled ? -1 : Math.sqrt(sums[row]); // NaN stays NaN
    }
    return sums;
  }

  /** In double precision, where squares of small numbers are not 0. */
  private static NDArray products(NDArray rows) {
    return rows.matMul(rows.transpose(0, 2, 1)).toType(DataType.FLOAT64, false);
  }

  private static double product(TensorGradient.Outer outer, int row) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray gradient = outer.delta().get(row).transpose().matMul(outer.input().get(row));
      return Math.sqrt(LayerNormalization.squaredNorm(TorchMemory.view(gradient)));
    }
  }
}
