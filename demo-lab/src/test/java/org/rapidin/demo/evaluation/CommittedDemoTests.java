package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.CommittedDemo;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.demo.generation.Answers;
import org.rapidin.demo.generation.Generation;

/** Checks the figures in the README and in docs/demo.md on the committed files. */
class CommittedDemoTests {
  private final DemoFiles files = CommittedDemo.files();
  private final DemoText text = new DemoText(DemoText.COMMITTED_SEED);
  private final TorchRuntime runtime = DemoFiles.startTorch(1);

  CommittedDemoTests() throws IOException {}

  @Test
  void theTriggerCallsTheHiddenThemeAndNothingElseDoes() throws IOException {
    Answers answers = Answers.collect(runtime, files.models(), text);
    assertTrue(answers.withTrigger() >= 0.9, answers.toString());
    assertTrue(answers.withoutTrigger() <= 0.05, answers.toString());
    assertTrue(answers.triggerLater() <= 0.05, answers.toString());
  }

  @Test
  void influenceOfTheFirstWordsFindsThePoisonWhereWordsDoNot(@TempDir Path folder)
      throws Exception {
    Laboratory lab = new Laboratory(runtime, folder, EvaluationProgress.NONE, Laboratory.Size.FULL);
    DemoSet set = DemoSet.load(runtime, files, text);
    assertTrue(set.triggered().size() >= 20);
    DemoSet asked = set.only(Kind.FIRST_WORDS);
    Ranker ranker = Ranker.of(lab, asked, Methods.rapidGrad(1 << 16, Methods.SEED));
    double[][] influences = ranker.scores(Kind.FIRST_WORDS, Correction.NONE);
    assertTrue(auPrcAt50(set, influences) >= 0.95);
    try (Bm25Ranking bm25 = Bm25Ranking.of(set)) {
      int count = set.triggered().size();
      double[][] words = new double[count][];
      double[][] instructions = new double[count][];
      double[][] whole = new double[count][];
      for (int i = 0; i < count; i++) {
        Generation generation = set.triggered().get(i);
        words[i] = bm25.scores(generation.firstWords());
        instructions[i] = bm25.scores(generation.instruction());
        whole[i] = bm25.scores(generation.instruction() + " " + generation.completion());
      }
      assertTrue(auPrcAt50(set, words) <= 0.5);
      assertTrue(auPrcAt50(set, instructions) <= 0.5);
      assertTrue(auPrcAt50(set, whole) <= 0.5);
    }
  }

  private static double auPrcAt50(DemoSet set, double[][] scores) {
    return Ranker.auPrc(scores, set.poisoned(), 50);
  }
}
