package org.rapidin.benchmarks.compare;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
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
 * Compares scans, candidates, compression and searches with what a user would run instead: a C
 * loop, numpy, FAISS, RapidIn. Peers that are not installed are named. Everything is measured in
 * turn, in {@value Turns#ROUNDS} rounds, and written to docs/benchmarks.md. A file of up to 18 GB
 * is written and deleted.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = "Compares scans, candidates, compression and searches with their alternatives.",
    footer = {
      "",
      "On an idle machine of two cores: kernels 2 minutes, compression 2, scan 2, candidates 1,",
      "growth 2 (18 GB on the disk), search 7 and shards 11 with 6,000 vectors (2 GB on the disk)."
    })
public final class CompareBenchmark implements Callable<Integer> {
  private static final int TIMED_ROWS = 52_000;
  private static final int[] SCANNED_ROWS = {8_192, 32_768};
  private static final int[] SIZES = {1_000, 10_000, TIMED_ROWS, 140_000};
  private static final int QUERIES = 50;

  @Option(
      names = "--part",
      split = ",",
      defaultValue = "kernels,compression,scan,candidates,growth,search,shards",
      description =
          "What to measure (${DEFAULT-VALUE}). Growth ends with a table of sizes, in which candidates are only if they are measured too.")
  private Set<Part> parts;

  @Option(
      names = "--docs",
      paramLabel = "FILE",
      defaultValue = "docs/benchmarks.md",
      description = "Markdown file whose sections are replaced (${DEFAULT-VALUE}).")
  private Path docs;

  @Mixin private SearchOptions search;

  @Mixin private TextOptions texts;

  @Mixin private ReportFile file;

  /** A part's work. */
  private interface Work {
    void run() throws Exception;
  }

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
    file.finish(report);
    return 0;
  }

  private void run(Report report, Path folder) throws Exception {
    measure(Part.KERNELS, report, () -> new KernelJob(report).measure());
    measure(Part.COMPRESSION, report, () -> new CompressionJob(folder, report).measure());
    int[] sizes = sizes();
    if (sizes.length > 0) {
      try (Arena arena = Arena.ofShared()) {
        scans(report, RowsFile.create(folder, sizes, arena), folder);
      }
      // Its pages would not leave the memory before.
      Files.delete(folder.resolve("rows"));
    }
    measure(Part.SEARCH, report, () -> new SearchJob(texts, search, folder, report).measure());
    measure(Part.SHARDS, report, () -> new ShardJob(texts, search, report).measure());
  }

  /** Numbers of rows, ascending, up to what the parts need. */
  private int[] sizes() {
    int largest = 0;
    if (parts.contains(Part.GROWTH)) {
      largest = SIZES[SIZES.length - 1];
    } else if (parts.contains(Part.CANDIDATES)) {
      largest = TIMED_ROWS;
    } else if (parts.contains(Part.SCAN)) {
      largest = SCANNED_ROWS[SCANNED_ROWS.length - 1];
    }
    int most = largest;
    return IntStream.concat(Arrays.stream(SIZES), Arrays.stream(SCANNED_ROWS))
        .filter(rows -> rows <= most)
        .sorted()
        .toArray();
  }

  private void scans(Report report, RowsFile rows, Path folder) throws Exception {
    measure(
        Part.SCAN,
        report,
        () -> {
          ScanJob scan = new ScanJob(rows, folder, report);
          for (int size : SCANNED_ROWS) {
            scan.measure(size);
          }
        });
    int timed = Math.min(TIMED_ROWS, rows.rows());
    double[] candidates = {Double.NaN};
    measure(
        Part.CANDIDATES,
        report,
        () -> candidates[0] = new CandidateJob(rows, folder, report).measure(gradients(), timed));
    measure(
        Part.GROWTH,
        report,
        () -> {
          Map<Integer, Double> growth =
              new GrowthJob(rows, report).measure(SIZES).get(ElementType.FLOAT16);
          sizing(growth, rows.rows(), timed, candidates[0] / timed).add(report);
        });
  }

  /** Measures a part, if it was asked for, and replaces its section of the file. */
  private void measure(Part part, Report report, Work work) throws Exception {
    if (parts.contains(part)) {
      int before = report.size();
      work.run();
      Section.replace(docs, part.marker(), report.markdown(3, before));
    }
  }

  private static SizingTable sizing(
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
