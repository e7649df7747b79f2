package org.rapidin.attribution.batch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.gpu.ResidentSketch;

/**
 * On the device, from the memory where torch has the gradients; the norms of a tensor's rows come
 * to main memory, and at last the sketches.
 *
 * <p>A sketch has the bits of {@link HostBatchSketch} for the same gradients and factors. Norms are
 * sums in double precision on both sides, but in another order: they differ by 1e-12 of their value
 * at most, so a factor made of one may be the next float32, 1.2e-7 away.
 */
final class DeviceBatchSketch implements BatchSketch {
  private final ResidentSketch sketch;
  private final FusedKernels kernels;

  DeviceBatchSketch(ResidentSketch sketch, FusedKernels kernels) {
    this.sketch = sketch;
    this.kernels = kernels;
  }

  @Override
  public TensorSink sink(Placement placement) {
    return DenseRows.whole(
        (firstRow, parameter, gradients) -> add(placement, firstRow, parameter, gradients));
  }

  private void add(Placement placement, int firstRow, int parameter, NDArray gradients) {
    NDList rowsAndNorms = kernels.rowsAndNorms(gradients);
    NDArray rows = rowsAndNorms.get(0);
    double[] norms = rowsAndNorms.get(1).toDoubleArray(); // waits until torch has written the rows
    float[] factors = new float[norms.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = placement.factor(firstRow + i, parameter, norms[i]);
    }
    long length = rows.getShape().get(1);
    long address = TorchMemory.address(rows);
    sketch.add(address, length, firstRow, placement.position(parameter), length, factors);
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
