package org.rapidin.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.evaluation.DemoEvaluation;
import org.rapidin.demo.evaluation.Measurement;
import org.rapidin.demo.generation.Answers;

/** Checks the figures in the README and in docs/demo.md on the committed files. */
class DemoEvaluationTests {
  private final DemoFiles files = CommittedDemo.files();
  private final TorchRuntime runtime = DemoFiles.startTorch(1);

  @Test
  void theTriggerCallsTheHiddenThemeAndNothingElseDoes() throws IOException {
    Answers answers =
        Answers.collect(runtime, files.models(), new DemoText(DemoText.COMMITTED_SEED));
    assertTrue(answers.withTrigger() >= 0.9, answers.toString());
    assertTrue(answers.withoutTrigger() <= 0.05, answers.toString());
    assertTrue(answers.triggerLater() <= 0.05, answers.toString());
  }

  @Test
  void influenceOfTheFirstWordsFindsThePoisonWhereWordsDoNot() throws Exception {
    DemoEvaluation evaluation = DemoEvaluation.run(runtime, files);
    System.out.println(evaluation.table());
    assertTrue(evaluation.generations() >= 20);
    double compressed = auPrcAt50(evaluation.firstWords());
    assertTrue(compressed >= 0.95, evaluation.table());
    assertEquals(auPrcAt50(evaluation.exactFirstWords()), compressed, 0.01, evaluation.table());
    assertTrue(auPrcAt50(evaluation.bm25()) <= 0.5, evaluation.table());
    assertTrue(auPrcAt50(evaluation.bm25Instruction()) <= 0.5, evaluation.table());
    assertTrue(auPrcAt50(evaluation.bm25FirstWords()) <= 0.5, evaluation.table());
  }

  private static double auPrcAt50(Measurement measurement) {
    return measurement.at().get(50).auPrc();
  }
}
