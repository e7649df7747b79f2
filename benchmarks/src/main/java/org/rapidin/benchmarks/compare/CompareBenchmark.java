package org.rapidin.benchmarks.compare;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.rapidin.benchmarks.candidates.Gradients;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.node.ReportFile;
import org.rapidin.benchmarks.text.TextOptions;
import org.rapidin.distribution.WorkFolder;
import org.rapidin.scorer.ElementType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Scans, candidates and compression beside what a user would run instead: a C loop, numpy, FAISS,
 * RapidIn's class. Peers that are not installed are named. Everything is measured in turn, in
 * {@value Turns#ROUNDS} rounds, and written to docs/benchmarks.md. A file of 18 GB is written and
 * deleted.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = "Measures scans, candidates and compression beside their alternatives.")
public final class CompareBenchmark implements Callable<Integer> {
  private static final int TIMED_ROWS = 52_000;
  private static final int[] SIZES = {1_000, 10_000, TIMED_ROWS, 140_000};
  private static final int QUERIES = 50;
  private static final String MARKER = "bench compare";

  @Option(
      names = "--docs",
      paramLabel = "FILE",
      defaultValue = "docs/benchmarks.md",
      description = "Markdown file whose section is replaced (${DEFAULT-VALUE}).")
  private Path docs;

  @Mixin private TextOptions texts;

  @Mixin private ReportFile file;

  @Override
  public Integer call() throws Exception {
    Report report = new Report(System.out, "compare");
    Host.date(report);
    Host.describe(report);
    try (WorkFolder folder = WorkFolder.fresh(BenchNode.files().resolve("compare"))) {
      run(report, Files.createDirectories(folder.path()));
    } finally {
      // Deletes the files.
      WorkFolder.fresh(BenchNode.files().resolve("compare")).close();
    }
    Section.replace(docs, MARKER, report.markdown(3));
    file.finish(report);
    return 0;
  }

  private void run(Report report, Path folder) throws Exception {
    new KernelJob(report).measure();
    new CompressionJob(folder, report).measure();
    Gradients gradients = gradients();
    try (Arena arena = Arena.ofShared()) {
      RowsFile rows = RowsFile.create(folder, SIZES, arena, report);
      ScanJob scan = new ScanJob(rows, folder, report);
      scan.measure(8_192);
      scan.measure(32_768);
      int timed = Math.min(TIMED_ROWS, rows.rows());
      double candidates = new CandidateJob(rows, folder, report).measure(gradients, timed);
      Map<Integer, Double> growth = new GrowthJob(rows, report).measure().get(ElementType.FLOAT16);
      sizes(growth, rows.rows(), timed, candidates / timed).add(report);
    }
  }

  private static SizingTable sizes(
      Map<Integer, Double> millis, int rows, int timed, double candidates) throws IOException {
    boolean onDisk = 2L * RowsFile.DIMENSION * rows > Host.availableBytes();
    double disk = onDisk && rows > timed ? 1e3 * millis.get(rows) / rows : Double.NaN;
    return new SizingTable(1e3 * millis.get(timed) / timed, disk, 1e3 * candidates);
  }

  /** Of the demo's documents, unless options name others. */
  private Gradients gradients() throws IOException {
    return Gradients.of(texts, QUERIES);
  }
}
