package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.search.FilePerSample;
import org.rapidin.benchmarks.search.SearchRounds;
import org.rapidin.benchmarks.search.StoredIndex;
import org.rapidin.benchmarks.search.StoredSearches;
import org.rapidin.benchmarks.text.TextOptions;

/**
 * Searches through REST on one segment of stored vectors, next to RapidIn's retrieval of one file a
 * sample.
 */
final class SearchJob {
  private static final int SCANNED = 8_192;

  private final TextOptions texts;
  private final SearchOptions options;
  private final Path folder;
  private final Report report;

  SearchJob(TextOptions texts, SearchOptions options, Path folder, Report report) {
    this.texts = texts;
    this.options = options;
    this.folder = folder;
    this.report = report;
  }

  /** Measures all sizes. */
  void measure() throws Exception {
    double scanMicros = scanMicros();
    Optional<FilePerSample> files = FilePerSample.measure(folder);
    Map<Integer, Double> millis = new LinkedHashMap<>();
    try (StoredIndex index = StoredIndex.start(texts.model(), texts.attributor(), 1)) {
      for (int rows : options.sizes()) {
        double seconds = index.growTo(rows);
        report.section("Searches through REST, n = %,d".formatted(rows));
        report.note(
            "One shard of one segment, %.1f GB on the disk, written and merged in %.0f s; %.1f GB of main memory are free."
                .formatted(index.bytes() / 1e9, seconds, Host.availableBytes() / 1e9));
        StoredSearches searches = new StoredSearches(index, options.time());
        searches.run(Turns.ROUNDS);
        tables(searches, rows, files);
        remarks(searches, rows, scanMicros);
        millis.put(rows, searches.of(StoredSearches.known(1)).percentile(0.5));
      }
    }
    growth(millis);
  }

  /** Time of a row in an exact scan of one thread of this process, in main memory. */
  private double scanMicros() throws Exception {
    Path directory = Files.createDirectories(folder.resolve("scanned"));
    try (Arena arena = Arena.ofShared()) {
      RowsFile file = RowsFile.create(directory, new int[] {SCANNED}, arena);
      float[] products = new float[SCANNED];
      Turns turns = new Turns();
      turns.add("scan", () -> RowsFile.scan(file.first(SCANNED), file.queries(1), products));
      return 1e3 * turns.run().get("scan").millis() / SCANNED;
    } finally {
      Files.deleteIfExists(directory.resolve("rows"));
    }
  }

  private void tables(StoredSearches searches, int rows, Optional<FilePerSample> files) {
    SearchRounds one = searches.of(StoredSearches.known(1));
    for (String name :
        List.of(
            StoredSearches.known(1),
            StoredSearches.known(4),
            StoredSearches.known(16),
            StoredSearches.NEW_TEXT)) {
      ObjectNode row = report.row(name);
      searches.of(name).describe(row);
      report.add(row.put("of 1 client", searches.of(name).timesTheThroughputOf(one)));
    }
    double alone = searches.of(StoredSearches.ALONE).percentile(0.99);
    for (String name : List.of(StoredSearches.ALONE, StoredSearches.UNDER_LOAD)) {
      ObjectNode row = report.row(name);
      searches.of(name).describe(row);
      report.add(row.put("p99 of alone", searches.of(name).percentile(0.99) / alone));
    }
    if (files.isEmpty()) {
      report.note("Absent: RapidIn's retrieval (RAPIDIN_PEERS names no folder).");
      return;
    }
    double millis = 1e3 * files.get().secondsPerSample() * rows;
    String what =
        "RapidIn, one file a sample, 1 thread, extrapolated from %,d files in main memory"
            .formatted(FilePerSample.FILES);
    report.add(
        report.row(what).put("ms", millis).put("of p50 of 1 client", millis / one.percentile(0.5)));
  }

  private void remarks(StoredSearches searches, int rows, double scanMicros) {
    double scan = scanMicros * rows / 1e3;
    report.note(
        "A scan in another process takes one thread %.2f µs a row (%,d rows in main memory, measured before), %.0f ms for all: the median search of one client with a known gradient takes %.2f times as long. The gradient of a new text takes %.1f ms."
            .formatted(
                scanMicros,
                SCANNED,
                scan,
                searches.of(StoredSearches.known(1)).percentile(0.5) / scan,
                searches.gradientMillis()));
    report.note(
        "A search of one client with a known gradient read %.2f GB from the disk. Scans on the CPU scored %,d rows where they are mapped, and %,d after a copy."
            .formatted(
                searches.bytesReadBySearch() / 1e9, searches.mappedRows(), searches.copiedRows()));
  }

  private void growth(Map<Integer, Double> millis) {
    if (millis.size() < 2) {
      return;
    }
    report.section("Growth of searches through REST, known gradients, 1 client");
    int reference = options.sizes().get(1);
    double ofARow = millis.get(reference) / reference;
    millis.forEach(
        (rows, p50) ->
            report.add(
                report
                    .row("p50")
                    .put("n", rows)
                    .put("ms", p50)
                    .put("µs a row", 1e3 * p50 / rows)
                    .put("of linear", p50 / rows / ofARow)));
    report.note(
        "\"of linear\" compares the time of a row with that of a row where n = %,d."
            .formatted(reference));
  }
}
