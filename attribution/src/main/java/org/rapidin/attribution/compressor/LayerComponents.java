package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Projections of linear layers to their principal components.
 *
 * @param manager owns the arrays
 */
record LayerComponents(NDManager manager) {

  /** The first k_o components of the outputs and k_i of the inputs. */
  TwoSidedProjection onBothSides(PrincipalComponents.Layer layer, Block block) {
    return new TwoSidedProjection(
        side(layer.outputs(), block.outputs()), side(layer.inputs(), block.inputs()));
  }

  /** The transpose of the first k rows of a matrix. */
  private ProjectedSide side(float[][] components, int k) {
    int n = components[0].length;
    float[] transposed = new float[Math.multiplyExact(n, k)];
    for (int row = 0; row < k; row++) {
      for (int i = 0; i < n; i++) {
        transposed[i * k + row] = components[row][i];
      }
    }
    return new ProjectedSide.Multiplied(TorchMemory.floats(manager, new Shape(n, k), transposed));
  }
}
