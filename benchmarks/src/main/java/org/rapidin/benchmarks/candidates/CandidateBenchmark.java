package org.rapidin.benchmarks.candidates;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import org.rapidin.benchmarks.text.TextOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Recall and cost of candidates by sign bits on the gradients of real texts. */
@Command(
    name = "candidates",
    mixinStandardHelpOptions = true,
    description = "Measures recall and cost of candidates by sign bits on gradients of texts.")
public final class CandidateBenchmark implements Callable<Integer> {
  @Mixin private TextOptions texts;

  @Option(
      names = "--queries",
      defaultValue = "100",
      description = "Documents that become queries and are not searched (${DEFAULT-VALUE}).")
  private int queries;

  @Option(
      names = "--rows",
      defaultValue = "8192",
      description = "Rows of the timed scans; documents are repeated (${DEFAULT-VALUE}).")
  private int rows;

  @Mixin private ReportFile file;

  @Override
  public Integer call() throws IOException {
    Report report = new Report(System.out, "candidates " + texts.model().getFileName());
    Gradients gradients = Gradients.of(texts, queries);
    report.head("documents", Integer.toString(gradients.rows().size()));
    report.head("queries", Integer.toString(gradients.queries().size()));
    new RecallStudy(gradients).run(report);
    new ScanCosts(gradients, rows).run(report);
    file.finish(report);
    return 0;
  }
}
