package org.rapidin.demo.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.demo.DemoFiles;

class AdamWTests {

  @Test
  void followsTheFormulaInDoublePrecision() {
    try (NDManager manager = DemoFiles.startTorch(1).newManager()) {
      NDArray parameter = TorchMemory.floats(manager, new Shape(2), new float[] {1, -3});
      parameter.setRequiresGradient(true);
      AdamW optimizer = new AdamW(manager, List.of(parameter), 0.1);
      double[] plain = {1, -3};
      double[] first = new double[2];
      double[] second = new double[2];
      for (int step = 1; step <= 20; step++) {
        halfSquareGradient(manager, parameter);
        optimizer.step(0.05);
        for (int i = 0; i < 2; i++) {
          double gradient = plain[i];
          first[i] = 0.9 * first[i] + 0.1 * gradient;
          second[i] = 0.98 * second[i] + 0.02 * gradient * gradient;
          double mean = first[i] / (1 - Math.pow(0.9, step));
          double root = Math.sqrt(second[i] / (1 - Math.pow(0.98, step)));
          plain[i] = plain[i] * (1 - 0.05 * 0.1) - 0.05 * mean / (root + 1e-8);
        }
      }
      float[] moved = parameter.toFloatArray();
      assertEquals(plain[0], moved[0], 1e-5);
      assertEquals(plain[1], moved[1], 1e-5);
    }
  }

  /** Accumulates the gradient of Σ x²/2, which is x. */
  private static void halfSquareGradient(NDManager manager, NDArray parameter) {
    JniUtils.setGradMode(true);
    NDArray half = TorchMemory.scalar(manager, 0.5);
    NDArray loss = parameter.square().mul(half).sum();
    NDArray one = TorchMemory.scalar(manager, 1);
    JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
    JniUtils.setGradMode(false);
  }
}
