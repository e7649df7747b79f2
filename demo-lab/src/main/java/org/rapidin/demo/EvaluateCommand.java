package org.rapidin.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.evaluation.Evaluation;
import org.rapidin.demo.generation.Answers;
import org.rapidin.demo.training.DemoTrainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how faithful influence is, method by method. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Measures all methods by published protocols.",
      "Demo models with other seeds than the committed one are trained first. What is computed is"
          + " kept, so that a run that was stopped goes on where it was."
    })
public final class EvaluateCommand implements Callable<Integer> {
  private static final String CHART = "faithfulness-cost.svg";

  /** The protocols, for the help. */
  static final class Protocols implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Evaluation.protocols().iterator();
    }
  }

  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "PROTOCOL",
      completionCandidates = Protocols.class,
      description = "Of: ${COMPLETION-CANDIDATES} (default: all, in this order).")
  private List<String> protocols = List.of();

  @Option(
      names = "--seeds",
      split = ",",
      defaultValue = "42,43,44",
      description = "Trainings, the first for protocols that need one (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds;

  @Option(
      names = "--input",
      defaultValue = DemoFiles.COMMITTED,
      description = "The training with seed 42 (default: ${DEFAULT-VALUE}).")
  private Path input;

  @Option(
      names = "--folder",
      defaultValue = ".rapidin/evaluate",
      description = "Keeps trainings and products (default: ${DEFAULT-VALUE}).")
  private Path folder;

  @Option(
      names = "--docs",
      paramLabel = "FILE",
      defaultValue = "docs/faithfulness.md",
      description = "Markdown file whose sections are replaced (default: ${DEFAULT-VALUE}).")
  private Path docs;

  @Option(
      names = "--quick",
      description = "Few texts and methods: shows that it runs. Writes no document.")
  private boolean quick;

  @Override
  public Integer call() throws Exception {
    List<String> chosen = protocols.isEmpty() ? Evaluation.protocols() : protocols;
    for (String protocol : chosen) {
      if (!Evaluation.protocols().contains(protocol)) {
        throw new ParameterException(
            command.commandLine(),
            "there is no protocol [%s], only %s".formatted(protocol, Evaluation.protocols()));
      }
    }
    TorchRuntime runtime = DemoFiles.startTorch(1);
    try (EvaluationBar bar = new EvaluationBar()) {
      Evaluation.Size size = quick ? Evaluation.Size.QUICK : Evaluation.Size.FULL;
      Evaluation evaluation = new Evaluation(runtime, folder, bar, size);
      for (long seed : seeds) {
        DemoText text = new DemoText(seed);
        DemoFiles files = trained(runtime, text);
        System.out.printf("seed %s, %s%n", seed, Answers.collect(runtime, files.models(), text));
        evaluation.add(files, text);
      }
      for (String protocol : chosen) {
        run(evaluation, protocol);
      }
    }
    return 0;
  }

  private void run(Evaluation evaluation, String protocol) throws Exception {
    Path chart = quick ? folder.resolve(CHART) : docs.resolveSibling(CHART);
    String text = evaluation.run(protocol, chart);
    System.out.printf("%n%s%n%n%s%n", protocol, text);
    if (!quick) {
      Evaluation.replace(docs, protocol, text);
    }
  }

  /** Trains a model unless it is committed, or an earlier run has done so. */
  private DemoFiles trained(TorchRuntime runtime, DemoText text) throws IOException {
    if (text.seed() == DemoText.COMMITTED_SEED) {
      return new DemoFiles(input);
    }
    DemoFiles files = new DemoFiles(folder.resolve("demo-" + text.seed()));
    if (!Files.exists(files.generations())) {
      try (TrainingBars bars = new TrainingBars()) {
        DemoTrainer.write(runtime, text, files, bars);
      }
    }
    return files;
  }
}
