package org.rapidin.demo;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.evaluation.DemoEvaluation;
import org.rapidin.demo.generation.Answers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the attack, and how well influence finds the documents that cause it. */
@Command(
    name = "evaluate-demo",
    mixinStandardHelpOptions = true,
    description =
        "Measures the attack's success rate and how well rankings find the poisoned documents.")
public final class EvaluateDemoCommand implements Callable<Integer> {
  @Option(
      names = "--input",
      defaultValue = DemoFiles.COMMITTED,
      description = "Output folder of train-demo (default: ${DEFAULT-VALUE}).")
  private Path input;

  @Option(
      names = "--seed",
      defaultValue = "" + DemoText.COMMITTED_SEED,
      description = "Seed that was given to train-demo (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws Exception {
    DemoFiles files = new DemoFiles(input);
    TorchRuntime runtime = DemoFiles.startTorch(1);
    System.out.println(Answers.collect(runtime, files.models(), new DemoText(seed)));
    DemoEvaluation evaluation = DemoEvaluation.run(runtime, files);
    System.out.printf(
        "%d generations over %d documents, auPRC / auROC:%n%s",
        evaluation.generations(), evaluation.documents(), evaluation.table());
    return 0;
  }
}
