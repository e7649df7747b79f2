package org.rapidin.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.check.CheckReport.Status;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.service.Attributor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a model directory is, and whether its gradients are right, without a node. */
@Command(
    name = "check-model",
    mixinStandardHelpOptions = true,
    description =
        "Says what a model directory is, what is refused and why, the memory that it takes, and how far a gradient is from a finite difference.")
public final class CheckModelCommand implements Callable<Integer> {
  private static final double GIB = 1L << 30;

  @Parameters(
      paramLabel = "DIR",
      description = "A Hugging Face directory, with or without adapters below it.")
  private Path directory;

  @Option(
      names = "--tokens",
      defaultValue = "512",
      description = "Tokens of the document whose memory is shown (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of one operation (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Spec private CommandSpec command;

  /** Remembers whose numbers were read, so that the base model's are read once. */
  private final FileDigests digests = new FileDigests();

  private boolean refused;

  @Override
  public Integer call() {
    Path path = directory.toAbsolutePath().normalize();
    try {
      ModelDirectory model = ModelDirectory.open(path.getParent(), path.getFileName().toString());
      describe(DecoderFamilies.parse(model.config()), model);
    } catch (IllegalArgumentException | ModelUnavailableException | IOException e) {
      refuse("model", e);
    }
    return refused ? 1 : 0;
  }

  private void describe(DecoderConfig config, ModelDirectory model) throws IOException {
    long parameters = config.layout().parameters().stream().mapToLong(ParameterShape::size).sum();
    line(
        "model",
        "%s: %,d parameters, %s layers of %s heads, hidden size %s, vocabulary %s, context %s",
        model.config().text("model_type", ""),
        parameters,
        config.layers(),
        config.heads(),
        config.hiddenSize(),
        config.vocabularySize(),
        config.maxPositions());
    line("memory", "%.2f GiB for all weights", parameters * Float.BYTES / GIB);
    check(model, "");
    for (String adapter : model.adapters()) {
      check(model, adapter);
    }
  }

  /**
   * Checks the base model or an adapter: the headers of its files, their numbers, then gradients.
   *
   * @param adapter its name, empty for the base model
   */
  private void check(ModelDirectory model, String adapter) {
    String what = adapter.isEmpty() ? "linear layers" : "adapter " + adapter;
    AttributorSpec spec = spec(adapter);
    try {
      GradientLayout layout = ModelCheck.gradients(model, spec);
      ModelCheck.requireNumbers(model, digests, spec, layout);
      line(what, "%s tensors are accepted", layout.tensors().size());
      try (Attributor attributor =
          Attributor.open(spec, "none", model, DemoFiles.startTorch(threads))) {
        line(
            "memory",
            "%.2f GiB more for a document of %s tokens",
            attributor.passBytes(tokens) / GIB,
            tokens);
        report(attributor.check());
      }
    } catch (IllegalArgumentException | ModelUnavailableException | IOException e) {
      refuse(what, e);
    }
  }

  private AttributorSpec spec(String adapter) {
    Map<String, Object> spec = new HashMap<>();
    spec.put("model", directory.toAbsolutePath().normalize().getFileName().toString());
    spec.put("template", Map.of("completion", "{{text}}"));
    spec.put("parameters", adapter.isEmpty() ? "linear" : "adapter");
    spec.put("compression", Map.of("dimension", 4096));
    if (!adapter.isEmpty()) {
      spec.put("adapter", adapter);
    }
    return AttributorSpecFormat.fromMap(spec);
  }

  private void report(CheckReport report) {
    report
        .findings()
        .forEach(finding -> line(finding.check(), "%s: %s", finding.status(), finding.message()));
    refused |= report.status() == Status.FAILED;
  }

  private void refuse(String what, Exception why) {
    refused = true;
    // The message of many of Java's own is the file's name alone.
    Object reason = why instanceof IOException ? "cannot be read: " + why : why.getMessage();
    line(what, "refused: %s", reason);
  }

  private void line(String what, String text, Object... values) {
    PrintWriter out = command.commandLine().getOut();
    out.printf(Locale.ROOT, "%-20s %s%n", what, String.format(Locale.ROOT, text, values));
    out.flush();
  }
}
