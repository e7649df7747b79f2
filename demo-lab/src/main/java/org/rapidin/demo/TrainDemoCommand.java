package org.rapidin.demo;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.generation.Answers;
import org.rapidin.demo.training.DemoTrainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Generates the demo's texts, model and generations again. */
@Command(
    name = "train-demo",
    mixinStandardHelpOptions = true,
    description = "Generates the demo again: documents, model with adapters, generations.")
public final class TrainDemoCommand implements Callable<Integer> {
  @Option(
      names = "--output",
      defaultValue = DemoFiles.COMMITTED,
      description = "Output folder (default: ${DEFAULT-VALUE}).")
  private Path output;

  @Option(
      names = "--seed",
      defaultValue = "" + DemoText.COMMITTED_SEED,
      description = "Determines all texts and weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of one operation (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Override
  public Integer call() throws Exception {
    DemoFiles files = new DemoFiles(output);
    DemoText text = new DemoText(seed);
    TorchRuntime runtime = DemoFiles.startTorch(threads);
    Answers answers;
    try (TrainingBars bars = new TrainingBars()) {
      answers = DemoTrainer.write(runtime, text, files, bars);
    }
    System.out.println(answers);
    return 0;
  }
}
