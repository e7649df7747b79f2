package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.gpu.ResidentSketch;

/**
 * On the device, from the memory where torch has the gradients; the norms of a tensor's rows come
 * to main memory, and at last the sketches.
 *
 * <p>A sketch has the bits of {@link HostSketches} for the same gradients and factors. Norms are
 * sums in double precision on both sides, but in another order: they differ by 1e-12 of their value
 * at most, so a factor made of one may be the next float32, 1.2e-7 away.
 */
final class DeviceSketches implements RowVectors {
  private final ResidentSketch sketch;
  private final FusedKernels kernels;
  private final GradientLayout layout;

  DeviceSketches(ResidentSketch sketch, FusedKernels kernels, GradientLayout layout) {
    this.layout = layout;
    this.sketch = sketch;
    this.kernels = kernels;
  }

  @Override
  public TensorSink checkpoint(int checkpoint, Scale scale) {
    return DenseRows.whole(
        (firstRow, parameter, gradients) -> add(checkpoint, scale, firstRow, parameter, gradients));
  }

  private void add(int checkpoint, Scale scale, int firstRow, int parameter, NDArray gradients) {
    NDList rowsAndNorms = kernels.rowsAndNorms(gradients);
    NDArray rows = rowsAndNorms.get(0);
    double[] norms = rowsAndNorms.get(1).toDoubleArray(); // waits until torch has written the rows
    float[] factors = new float[norms.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = scale.factor(firstRow + i, parameter, norms[i]);
    }
    long length = rows.getShape().get(1);
    long address = TorchMemory.address(rows);
    sketch.add(address, length, firstRow, layout.position(checkpoint, parameter), length, factors);
  }

  @Override
  public float[] finish(int row) {
    return sketch.finish(row);
  }

  @Override
  public void close() {
    sketch.close();
  }
}
