package org.rapidin.benchmarks.candidates;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.rapidin.attribution.Sample;
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

  @Option(
      names = "--graph",
      description = {
        "Only search the documents in a node, by exact scans and by hnsw. Segments with fewer than",
        "50,000 documents have no graph. At 150 documents/s with a graph 15 minutes."
      })
  private boolean graph;

  @Mixin private ReportFile file;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Report report = new Report(System.out, "candidates " + texts.model().getFileName());
    if (graph) {
      searchGraph(report);
      file.finish(report);
      return 0;
    }
    Gradients gradients = Gradients.of(texts, queries);
    report.head("documents", Integer.toString(gradients.rows().size()));
    report.head("queries", Integer.toString(gradients.queries().size()));
    new RecallStudy(gradients).run(report);
    new ScanCosts(gradients, rows).run(report);
    file.finish(report);
    return 0;
  }

  private void searchGraph(Report report) throws IOException, InterruptedException {
    List<String> documents = Gradients.inRandomOrder(texts);
    if (documents.size() < 2 * queries) {
      throw new IllegalArgumentException(
          "%s documents are too few for %s queries".formatted(documents.size(), queries));
    }
    int rows = documents.size() - queries;
    List<Sample> samples =
        Gradients.samples(Gradients.spec(texts), documents.subList(rows, documents.size()));
    new GraphStudy(texts, documents.subList(0, rows), samples).run(report);
  }
}
