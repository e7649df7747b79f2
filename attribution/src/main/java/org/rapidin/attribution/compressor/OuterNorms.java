package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.gradient.TensorGradient;

/** L2 norms of gradients of linear layers, computed from their factors. */
final class OuterNorms {
  private OuterNorms() {}

  /**
   * Returns ‖δᵀ·x‖ of each row. With few tokens it is √⟨δδᵀ, xxᵀ⟩, S²·(m + n) operations; with
   * many, the product is multiplied out, row by row, S·m·n operations. Relative errors are about
   * 1e-6.
   */
  static double[] of(TensorGradient.Outer outer) {
    Shape shape = outer.delta().getShape();
    long out = shape.get(2);
    long in = outer.input().getShape().get(2);
    float[] squares =
        shape.get(1) * (out + in) < out * in ? gram(outer).toFloatArray() : product(outer);
    double[] norms = new double[squares.length];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = Math.sqrt(Math.max(0, squares[i])); // NaN stays NaN
    }
    return norms;
  }

  private static NDArray gram(TensorGradient.Outer outer) {
    return products(outer.delta()).mul(products(outer.input())).sum(new int[] {1, 2});
  }

  private static NDArray products(NDArray rows) {
    return rows.matMul(rows.transpose(0, 2, 1));
  }

  /** One row at a time, because a product can be large. */
  private static float[] product(TensorGradient.Outer outer) {
    float[] squares = new float[Math.toIntExact(outer.delta().getShape().get(0))];
    for (int row = 0; row < squares.length; row++) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray gradient = outer.delta().get(row).transpose().matMul(outer.input().get(row));
        squares[row] = gradient.square().sum().getFloat();
      }
    }
    return squares;
  }
}
