package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.model.file.SecondMoments.Factors;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.SignMatrix;

/**
 * The random projections of linear layers: matrices of ±1/√k, so that an inner product of two
 * projected gradients is that of the gradients in the mean over seeds.
 *
 * <p>The signs of all layers are the first rows of one {@link SignMatrix}: those of P_i [k_i, n_i]
 * are columns from {@link GradientLayout#lines} on, those of P_o [k_o, n_o] the next n_o.
 *
 * @param manager owns the arrays
 * @param layout weights of linear layers, [n_o, n_i]
 */
record LayerSigns(NDManager manager, GradientLayout layout, SignMatrix signs) {

  LayerSigns(NDManager manager, GradientLayout layout, long seed) {
    this(manager, layout, SignMatrix.of(seed));
  }

  /** Signs on both sides, also of a side of which all numbers are kept. */
  TwoSidedProjection onBothSides(int layer, Block block) {
    return new TwoSidedProjection(
        signs(outputColumn(layer), block.outputs(), width(layer, 0), null),
        signs(layout.lines(layer), block.inputs(), width(layer, 1), null));
  }

  /**
   * Signs on sides of which some numbers are kept; a side of which all are kept stays as it is.
   *
   * @param factors what the gradient's rows and columns are multiplied with first
   */
  TwoSidedProjection whereShortened(int layer, Block block, Optional<Factors> factors) {
    return new TwoSidedProjection(
        side(
            outputColumn(layer),
            block.outputs(),
            width(layer, 0),
            factors.map(Factors::outputs).orElse(null)),
        side(
            layout.lines(layer),
            block.inputs(),
            width(layer, 1),
            factors.map(Factors::inputs).orElse(null)));
  }

  private long outputColumn(int layer) {
    return layout.lines(layer) + width(layer, 1);
  }

  private int width(int layer, int side) {
    return Math.toIntExact(layout.tensors().get(layer).shape().get(side));
  }

  private ProjectedSide side(long column, int k, int n, float[] factors) {
    if (k < n) {
      return signs(column, k, n, factors);
    }
    return factors == null
        ? new ProjectedSide.Whole(n)
        : new ProjectedSide.Scaled(TorchMemory.floats(manager, new Shape(n), factors));
  }

  /** The transpose of a matrix [k, n] of signs over √k, its columns multiplied with factors. */
  private ProjectedSide signs(long column, int k, int n, float[] factors) {
    float[] transposed = new float[Math.multiplyExact(k, n)];
    float root = (float) (1 / Math.sqrt(k));
    long[] words = new long[n];
    for (int first = 0; first < k; first += SignMatrix.ROWS) {
      signs.words(first / SignMatrix.ROWS, column, n, words);
      int rows = Math.min(SignMatrix.ROWS, k - first);
      for (int i = 0; i < n; i++) {
        float number = factors == null ? root : root * factors[i];
        for (int row = 0; row < rows; row++) {
          boolean negative = (words[i] >>> row & 1) != 0;
          transposed[i * k + first + row] = negative ? -number : number;
        }
      }
    }
    return new ProjectedSide.Multiplied(TorchMemory.floats(manager, new Shape(n, k), transposed));
  }
}
