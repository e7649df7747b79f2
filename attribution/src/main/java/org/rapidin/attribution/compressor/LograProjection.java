package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.SignMatrix;

/**
 * What the factors of a linear layer's gradient are multiplied with: P_i on the side of the inputs
 * and P_o on that of the outputs. Numbers are ±1/√k, so that an inner product of two projected
 * gradients is that of the gradients in the mean over seeds.
 *
 * <p>The signs of all layers are the first rows of one {@link SignMatrix}: those of P_i [k_i, n_i]
 * are columns from {@link GradientLayout#lines} on, those of P_o [k_o, n_o] the next n_o.
 *
 * @param inputs P_iᵀ, float32 [n_i, k_i]
 * @param outputs P_oᵀ, float32 [n_o, k_o]
 * @param offset where the layer's k_o·k_i numbers begin in a vector of one checkpoint
 */
record LograProjection(NDArray inputs, NDArray outputs, int offset) {

  /**
   * The projections of some layers, in order.
   *
   * @param manager owns the arrays
   * @param layout weights of linear layers, [n_o, n_i]
   * @param rank k, of sides that are not shorter
   */
  static List<LograProjection> of(NDManager manager, GradientLayout layout, int rank, long seed) {
    SignMatrix matrix = SignMatrix.of(seed);
    List<LograProjection> projections = new ArrayList<>();
    int offset = 0;
    for (int t = 0; t < layout.tensors().size(); t++) {
      List<Long> shape = layout.tensors().get(t).shape();
      int outputs = Math.toIntExact(shape.get(0));
      int inputs = Math.toIntExact(shape.get(1));
      long column = layout.lines(t);
      int columns = Math.min(rank, inputs);
      int rows = Math.min(rank, outputs);
      NDArray left = signs(manager, matrix, column, columns, inputs);
      NDArray right = signs(manager, matrix, column + inputs, rows, outputs);
      projections.add(new LograProjection(left, right, offset));
      offset = Math.addExact(offset, Math.multiplyExact(rows, columns));
    }
    return projections;
  }

  /** The transpose of a matrix [k, n] of signs over √k. */
  private static NDArray signs(NDManager manager, SignMatrix matrix, long column, int k, int n) {
    float[] transposed = new float[Math.multiplyExact(k, n)];
    float number = (float) (1 / Math.sqrt(k));
    long[] words = new long[n];
    for (int first = 0; first < k; first += SignMatrix.ROWS) {
      matrix.words(first / SignMatrix.ROWS, column, n, words);
      int rows = Math.min(SignMatrix.ROWS, k - first);
      for (int i = 0; i < n; i++) {
        for (int row = 0; row < rows; row++) {
          boolean negative = (words[i] >>> row & 1) != 0;
          transposed[i * k + first + row] = negative ? -number : number;
        }
      }
    }
    return TorchMemory.floats(manager, new Shape(n, k), transposed);
  }

  /** Numbers that {@link #apply} computes for each row of some tokens. */
  long numbersOfRow(long tokens) {
    long columns = inputs.getShape().get(1);
    long rows = outputs.getShape().get(1);
    return tokens * (columns + rows) + columns * rows;
  }

  /**
   * Projects gradients, P_o·(δᵀ·x)·P_iᵀ, without δᵀ·x.
   *
   * @param delta [R, S, n_o]
   * @param input [R, S, n_i]
   * @return [R, k_o, k_i]
   */
  NDArray apply(NDArray delta, NDArray input) {
    return project(delta, outputs).transpose(0, 2, 1).matMul(project(input, inputs));
  }

  private static NDArray project(NDArray rows, NDArray matrix) {
    Shape shape = rows.getShape();
    long positions = shape.get(0) * shape.get(1);
    return rows.reshape(positions, shape.get(2))
        .matMul(matrix)
        .reshape(shape.get(0), shape.get(1), matrix.getShape().get(1));
  }
}
