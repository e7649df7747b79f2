package org.rapidin.benchmarks.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.Measurement;
import org.rapidin.benchmarks.node.NodeOptions;
import org.rapidin.benchmarks.node.Peer;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Peak memory, CPU time and documents per second of a real-sized model, through REST and the
 * pipeline of the assembled node.
 */
@Command(
    name = "model-size",
    mixinStandardHelpOptions = true,
    description = "Measures memory and time of a real-sized model on the assembled node.")
public final class ModelSizeBenchmark implements Callable<Integer> {
  private static final double MEBIBYTE = 1 << 20;
  private static final int MAX_TOKENS = 512;

  @Option(
      names = "--shape",
      defaultValue = "smollm-135m",
      description = "smollm-135m or llama-1b, with random weights (${DEFAULT-VALUE}).")
  private String shape;

  @Option(
      names = "--bulks",
      split = ",",
      defaultValue = "1x128,1x512,8x512,16x128",
      description = "One bulk each: documents x tokens (${DEFAULT-VALUE}).")
  private List<String> bulks;

  @Option(
      names = "--sustained",
      defaultValue = "0",
      description = "Then bulks of 200 documents of 512 tokens, so many from each of --clients.")
  private int sustained;

  @Mixin private NodeOptions nodes;

  @Mixin private ReportFile file;

  private final Random random = new Random(3);

  @Override
  public Integer call() throws IOException, InterruptedException {
    SyntheticModel model = new SyntheticModel(ModelShape.of(shape));
    Path directory = model.writeTo(BenchNode.files().resolve("models"));
    Report report = new Report(System.out, "model-size " + shape);
    try (BenchNode node = nodes.start("model-size", directory)) {
      node.createIndex(
          BenchNode.attributor(shape, SyntheticModel.ADAPTER, "{{p}} ", "{{c}}", MAX_TOKENS), 1);
      long idle = node.usage().residentBytes();
      for (String bulk : bulks) {
        measure(report, node, model, idle, Bulks.parse(bulk));
      }
      if (sustained > 0) {
        measure(
            report,
            node,
            model,
            idle,
            new Bulks(sustained * nodes.clients(), 200, MAX_TOKENS, nodes.clients()));
      }
      System.out.println("stats: " + node.stats().path("gradients"));
    }
    peer();
    file.finish(report);
    return 0;
  }

  /**
   * Bulk requests.
   *
   * @param documents of one bulk
   * @param tokens of one document
   * @param clients that send at once
   */
  private record Bulks(int count, int documents, int tokens, int clients) {
    static Bulks parse(String bulk) {
      if (!bulk.matches("\\d{1,6}x\\d{1,4}")) {
        throw new IllegalArgumentException(
            "[%s] is not a bulk: write documents x tokens, as in 8x512".formatted(bulk));
      }
      String[] parts = bulk.split("x");
      return new Bulks(1, Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), 1);
    }

    @Override
    public String toString() {
      return "%d x %d documents of %d".formatted(count, documents, tokens);
    }
  }

  private void measure(Report report, BenchNode node, SyntheticModel model, long idle, Bulks bulks)
      throws IOException, InterruptedException {
    List<String> texts =
        IntStream.range(0, bulks.count() * bulks.documents())
            .mapToObj(i -> model.document(random, bulks.tokens()))
            .toList();
    BulkRun run = new BulkRun(node.client(), BenchNode.NAME);
    Measurement measured =
        Measurement.of(node, () -> run.send(texts, bulks.documents(), bulks.clients()));
    report.add(
        report
            .row(bulks.toString())
            .put("idle MiB", idle / MEBIBYTE)
            .put("peak MiB", measured.peakResidentBytes() / MEBIBYTE)
            .put("above idle", (measured.peakResidentBytes() - idle) / MEBIBYTE)
            .put("seconds", measured.run().seconds())
            .put("documents/s", measured.run().documentsPerSecond())
            .put("user s", measured.userSeconds())
            .put("system s", measured.systemSeconds())
            .put("429s", measured.run().rejected()));
  }

  /** Runs the loop in PyTorch on the same shape and prints its figures. */
  private void peer() throws IOException, InterruptedException {
    if (!shape.equals(ModelShape.SMOLLM_135M.id())) {
      return;
    }
    for (int tokens : new int[] {128, MAX_TOKENS}) {
      Peer.run("smolloop.py", "--threads", "1", "--seq", Integer.toString(tokens), "--docs", "5");
    }
  }
}
