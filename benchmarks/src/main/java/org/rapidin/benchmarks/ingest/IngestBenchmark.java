package org.rapidin.benchmarks.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.Measurement;
import org.rapidin.benchmarks.node.NodeOptions;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import org.rapidin.benchmarks.text.TextOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Documents per second of a model on given texts, through REST and the pipeline. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = "Measures documents/s through REST and the pipeline of the assembled node.")
public final class IngestBenchmark implements Callable<Integer> {
  // The JVM compiles for 15 s of CPU time until the first documents of a small model are stored,
  // and for 5 s more until 3,500 are.
  private static final Duration WARM_UP = Duration.ofSeconds(60);

  @Mixin private TextOptions texts;

  @Option(
      names = "--documents",
      defaultValue = "1024",
      description = "Of each run; texts are repeated as needed (${DEFAULT-VALUE}).")
  private int documents;

  @Option(
      names = "--bulks",
      split = ",",
      defaultValue = "16,64,256",
      description = "Documents of one request (${DEFAULT-VALUE}).")
  private List<Integer> bulks;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Runs, of which the median is reported (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private NodeOptions nodes;

  @Mixin private ReportFile file;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> lines = texts.documents(documents);
    Report report = new Report(System.out, "ingest " + texts.model().getFileName());
    try (BenchNode node = nodes.start("ingest", texts.model())) {
      node.createIndex(texts.attributor(), 1);
      warmUp(node, lines);
      for (int bulk : bulks) {
        measure(report, node, lines, bulk);
      }
    }
    file.finish(report);
    return 0;
  }

  /** Loads the model, and runs until the JVM has compiled most of what it will. */
  private void warmUp(BenchNode node, List<String> lines) throws IOException, InterruptedException {
    List<String> some = lines.subList(0, Math.min(lines.size(), 256));
    long end = System.nanoTime() + WARM_UP.toNanos();
    do {
      new BulkRun(node.client(), BenchNode.NAME).send(some, 64, nodes.clients());
    } while (System.nanoTime() < end);
  }

  private void measure(Report report, BenchNode node, List<String> lines, int bulk)
      throws IOException, InterruptedException {
    JsonNode before = node.stats().path("gradients");
    List<Measurement> measured = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      BulkRun run = new BulkRun(node.client(), BenchNode.NAME);
      measured.add(Measurement.of(node, () -> run.send(lines, bulk, nodes.clients())));
    }
    JsonNode after = node.stats().path("gradients");
    double tokens = after.path("tokens").asDouble() - before.path("tokens").asDouble();
    double padded =
        after.path("padded_tokens").asDouble() - before.path("padded_tokens").asDouble();
    measured.sort(Comparator.comparingDouble(one -> one.run().documentsPerSecond()));
    Measurement median = measured.get(measured.size() / 2);
    report.add(
        report
            .row("bulks of " + bulk)
            .put("documents/s", median.run().documentsPerSecond())
            .put("worst", measured.getFirst().run().documentsPerSecond())
            .put("best", measured.getLast().run().documentsPerSecond())
            .put("tokens/document", tokens / rounds / documents)
            .put("padded/real", padded / tokens)
            .put("user s", median.userSeconds())
            .put("system s", median.systemSeconds())
            .put("peak MiB", median.peakResidentBytes() / (double) (1 << 20)));
  }
}
