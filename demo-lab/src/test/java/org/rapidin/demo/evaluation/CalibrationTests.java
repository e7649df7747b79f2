package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.CommittedDemo;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.scorer.ElementType;

/** The intervals of hits, on gradients of the committed model. */
class CalibrationTests {
  private static final int DOCUMENTS = 60;
  private static final int GENERATIONS = 8;

  private final TorchRuntime runtime = DemoFiles.startTorch(1);

  /** The evaluation has more pairs; here 480 of each method, which are not independent. */
  @Test
  void intervalsHoldTheInfluencesOfTheGradients(@TempDir Path folder) throws Exception {
    Laboratory lab =
        new Laboratory(runtime, folder, EvaluationProgress.NONE, Laboratory.Size.QUICK);
    DemoSet set =
        DemoSet.load(runtime, CommittedDemo.files(), new DemoText(DemoText.COMMITTED_SEED))
            .begin(DOCUMENTS, GENERATIONS)
            .only(Kind.WHOLE);
    for (Calibration.Measured one : Calibration.measured(Methods.SEED)) {
      if (one.name().startsWith("lm_head") || one.name().equals("rapidgrad 2^16")) {
        continue;
      }
      float[][] vectors = lab.vectors(set, one.method());
      for (ElementType rows : new ElementType[] {ElementType.FLOAT16, ElementType.INT8}) {
        double held = Calibration.coverage(lab, set, one, vectors, rows).held();
        assertTrue(held > 0.9 && held < 0.99, "%s, %s: %s".formatted(one.name(), rows, held));
      }
    }
  }
}
