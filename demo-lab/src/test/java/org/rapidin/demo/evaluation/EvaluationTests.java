package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.CommittedDemo;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.DemoText;

/** All protocols with few texts: they run, and go on where they were stopped. */
class EvaluationTests {
  private final TorchRuntime runtime = DemoFiles.startTorch(1);

  /** Counts texts. */
  private static final class Counted implements EvaluationProgress {
    final AtomicLong texts = new AtomicLong();

    @Override
    public void begin(String stage, long steps) {}

    @Override
    public void step(int steps) {
      texts.addAndGet(steps);
    }

    @Override
    public void end() {}
  }

  @Test
  void everyProtocolRunsAndKeepsWhatItComputed(@TempDir Path folder) throws Exception {
    Counted first = new Counted();
    Path chart = folder.resolve("cost.svg");
    Evaluation evaluation = evaluation(folder, first);
    for (String protocol : Evaluation.protocols()) {
      String text = evaluation.run(protocol, chart);
      assertTrue(text.contains("| rapidgrad 2^12 |"), text);
      assertFalse(text.contains("NaN"), text);
    }
    assertTrue(Files.readString(chart).contains(">rapidgrad 2^12</text>"));
    assertTrue(first.texts.get() > 0);
    Counted again = new Counted();
    evaluation(folder, again).run("backdoor", chart);
    assertEquals(0, again.texts.get());
  }

  private Evaluation evaluation(Path folder, EvaluationProgress progress) throws IOException {
    Evaluation evaluation = new Evaluation(runtime, folder, progress, Evaluation.Size.QUICK);
    evaluation.add(CommittedDemo.files(), new DemoText(DemoText.COMMITTED_SEED));
    return evaluation;
  }

  @Test
  void anUnknownProtocolIsNamed(@TempDir Path folder) throws IOException {
    Evaluation evaluation =
        new Evaluation(runtime, folder, EvaluationProgress.NONE, Evaluation.Size.QUICK);
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> evaluation.run("lsd", folder.resolve("x.svg")));
    assertTrue(refused.getMessage().startsWith("there is no protocol [lsd], only [fidelity"));
  }

  @Test
  void onlyTheProtocolsSectionIsReplaced(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("page.md");
    Files.writeString(
        file, "a\n<!-- evaluate facts: begin -->\nold\n<!-- evaluate facts: end -->\nb\n");
    Evaluation.replace(file, "facts", "\nnew\n\n");
    assertEquals(
        "a\n<!-- evaluate facts: begin -->\nnew\n<!-- evaluate facts: end -->\nb\n",
        Files.readString(file));
    var missing = assertThrows(IOException.class, () -> Evaluation.replace(file, "sanity", "new"));
    assertTrue(missing.getMessage().contains("<!-- evaluate sanity: begin -->"));
  }
}
