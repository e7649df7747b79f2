package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.time.Duration;
import jdk.jfr.Recording;
import org.rapidin.attribution.model.torch.TestRuntime;

/** Multiplies with oneDNN for three seconds while a profiler samples CPU time. */
final class ProfiledProducts {

  private ProfiledProducts() {}

  public static void main(String[] args) {
    try (Recording recording = new Recording();
        NDManager manager = TestRuntime.get().newManager();
        FusedKernels kernels = FusedKernels.load(manager, Products.ONEDNN)) {
      recording.enable("jdk.CPUTimeSample").with("throttle", "1ms");
      recording.start();
      NDArray x = manager.randomNormal(new Shape(4, 128, 576));
      NDArray weight = manager.randomNormal(new Shape(1536, 576));
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      while (System.nanoTime() < end) {
        kernels.one(Kernel.LINEAR, x, weight).close();
      }
    }
  }
}
