package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.CommittedDemo;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.evaluation.Question.Kind;

/** LoGra with principal components, on gradients of the committed model. */
class PrincipalComponentsTests {
  private final TorchRuntime runtime = DemoFiles.startTorch(1);

  private static double square(float[] vector) {
    double sum = 0;
    for (float number : vector) {
      sum += (double) number * number;
    }
    return sum;
  }

  /** Of any subspace of as many numbers it would be that share, were gradients random. */
  @Test
  void vectorsHaveMoreOfTheGradientsThanTheirShareOfTheNumbers(@TempDir Path folder)
      throws Exception {
    Laboratory lab =
        new Laboratory(runtime, folder, EvaluationProgress.NONE, Laboratory.Size.QUICK);
    DemoSet set =
        DemoSet.load(runtime, CommittedDemo.files(), new DemoText(DemoText.COMMITTED_SEED))
            .begin(12, 2)
            .only(Kind.WHOLE);
    int epoch = DemoAttributor.EPOCHS.getLast();
    float[][] exact = lab.vectors(set, Methods.linear(new Identity(0), epoch));
    float[][] kept = lab.vectors(set, Methods.linear(Methods.components(16), epoch));
    double share = (double) kept[0].length / exact[0].length;
    for (int i = 0; i < exact.length; i++) {
      double part = square(kept[i]) / square(exact[i]);
      assertTrue(part > 2 * share && part < 1, "text %s: %s of %s".formatted(i, part, share));
    }
  }
}
