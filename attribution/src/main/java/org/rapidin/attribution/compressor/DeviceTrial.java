package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.gpu.ResidentSketches;

/**
 * Sketches one short tensor on a device and in main memory. Equal bits say that torch's numbers are
 * at the address that DJL says, in a context that both share, and that the kernels do what they
 * should.
 */
final class DeviceTrial {
  private static final int ROWS = 3;
  private static final int LENGTH = 1000;

  /** The second tensor begins within a chunk. */
  private static final GradientLayout LAYOUT =
      new GradientLayout(
          List.of(
              new GradientLayout.Tensor("first", List.of(37L), false),
              new GradientLayout.Tensor("second", List.of((long) LENGTH), false)),
          1);

  private DeviceTrial() {}

  /**
   * Returns whether the bits are equal.
   *
   * @throws org.rapidin.gpu.GpuException if the device fails
   */
  static boolean passes(GradientSketch sketch, ResidentSketches device, FusedKernels kernels) {
    float[] numbers = new float[ROWS * LENGTH];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) Math.sin(i);
    }
    try (NDManager manager = kernels.manager().newSubManager();
        RowVectors onDevice = new DeviceSketches(device.open(ROWS), kernels, LAYOUT);
        RowVectors inMainMemory = new HostSketches(sketch, ROWS, LAYOUT)) {
      NDArray rows = TorchMemory.floats(manager, new Shape(ROWS, LENGTH), numbers);
      TensorGradient gradient = new TensorGradient.Dense(1, 0, rows);
      return Arrays.deepEquals(sketches(inMainMemory, gradient), sketches(onDevice, gradient));
    }
  }

  private static float[][] sketches(RowVectors batch, TensorGradient gradient) {
    batch.checkpoint(0, (row, parameter, norm) -> 0.5f + row).accept(gradient);
    float[][] sketches = new float[ROWS][];
    for (int row = 0; row < ROWS; row++) {
      sketches[row] = batch.finish(row);
    }
    return sketches;
  }
}
