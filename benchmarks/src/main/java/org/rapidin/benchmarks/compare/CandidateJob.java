package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.candidates.CodedRows;
import org.rapidin.benchmarks.candidates.Gradients;
import org.rapidin.benchmarks.candidates.StoredRows;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.scan.MappedCodes;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.HadamardRotation;
import org.rapidin.scorer.bits.SignEncoder;
import org.rapidin.scorer.bits.SignQuery;

/**
 * Compares candidates by sign bits, rescored exactly, with FAISS's binary indices over the signs of
 * the gradients as they are: recall on gradients of texts, and time over n rows, on one thread.
 */
final class CandidateJob {
  private static final int TOP = 10;
  private static final int CHOSEN = 100;
  private static final String OURS = "RapidIn for OpenSearch";
  private static final String EXACT = "exact scan";
  private static final String FLAT = "IndexBinaryFlat";

  private final RowsFile file;
  private final Path directory;
  private final Report report;
  private final HadamardRotation rotation = new HadamardRotation(RowsFile.DIMENSION, 1);

  CandidateJob(RowsFile file, Path directory, Report report) {
    this.file = file;
    this.directory = directory;
    this.report = report;
  }

  /**
   * Measures both.
   *
   * @param rows n of the timed scans
   * @return milliseconds of our candidates
   */
  double measure(Gradients gradients, int rows) throws Exception {
    report.section("Candidates: %s of n rows scored exactly, one query".formatted(CHOSEN));
    Path signs = signs("signs", gradients.rows());
    Path querySigns = signs("query-signs", gradients.queries());
    Path query = RowsFile.write(directory.resolve("query"), gradients.queries().subList(0, 1));
    Optional<PeerProcess> peers =
        PeerProcess.start(
            report,
            1,
            "candidates",
            signs,
            gradients.rows().size(),
            rows,
            RowsFile.DIMENSION,
            querySigns,
            file.file(),
            query,
            CHOSEN);
    try (PeerProcess open = peers.orElse(null);
        Arena arena = Arena.ofConfined()) {
      SignEncoder encoder = new SignEncoder(rotation, RowsFile.DIMENSION, mean(gradients.rows()));
      recall(gradients, encoder, open);
      MappedCodes codes = CodedRows.of(gradients.rows(), encoder, rows, arena);
      return time(file.first(rows), codes, gradients.queries().getFirst(), open);
    }
  }

  private void recall(Gradients gradients, SignEncoder encoder, PeerProcess peers)
      throws Exception {
    int count = gradients.rows().size();
    List<int[]> wanted = new ArrayList<>();
    List<int[]> ours = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MappedCodes codes = CodedRows.of(gradients.rows(), encoder, count, arena);
      RowMatrix rows = StoredRows.of(gradients.rows(), count, arena).matrix();
      for (float[] query : gradients.queries()) {
        float[] products = new float[count];
        RowsFile.scan(rows, List.of(query), products);
        wanted.add(Best.of(products, TOP));
        ours.add(estimated(codes, query));
      }
    }
    recall(OURS, count, wanted, ours);
    for (String way : peers == null ? List.<String>of() : peers.ways()) {
      if (way.startsWith("recall of ")) {
        peers.run(way);
        List<int[]> found = new ArrayList<>();
        for (JsonNode ids : peers.result()) {
          found.add(IntStream.range(0, ids.size()).map(i -> ids.path(i).asInt()).toArray());
        }
        recall(way.replace("recall of", "FAISS"), count, wanted, found);
      }
    }
  }

  private void recall(String name, int count, List<int[]> wanted, List<int[]> found) {
    double sum = 0;
    for (int i = 0; i < wanted.size(); i++) {
      sum += Best.recall(wanted.get(i), found.get(i));
    }
    ObjectNode row = report.row(name).put("gradients of texts", count);
    row.put("queries", wanted.size());
    report.add(row.put("recall@10 in %", 100 * sum / wanted.size()));
  }

  /** The rows with the largest estimates. */
  private int[] estimated(MappedCodes codes, float[] query) throws IOException {
    SignQuery prepared = new SignQuery(rotation, RowsFile.DIMENSION, query);
    float[] estimates = new float[codes.rows()];
    try (Scan scan = new CpuCodeScanEngine().open(codes, List.of(prepared))) {
      scan.score(IntStream.range(0, estimates.length).toArray(), estimates.length, estimates);
    }
    return Best.of(estimates, CHOSEN);
  }

  private double time(RowMatrix rows, MappedCodes codes, float[] query, PeerProcess peers)
      throws Exception {
    Turns turns = new Turns();
    float[] products = new float[rows.rows()];
    turns.add(EXACT, () -> RowsFile.scan(rows, List.of(query), products));
    turns.add(OURS, () -> rescore(rows, estimated(codes, query), query));
    if (peers != null) {
      turns.addPeer(FLAT, () -> peers.run(FLAT));
    }
    Map<String, Rounds> all = turns.run();
    all.forEach(
        (name, rounds) -> {
          String what = name.equals(FLAT) ? "FAISS " + FLAT + ", numpy" : name;
          ObjectNode row = report.row(what).put("n", rows.rows());
          rounds.describe(row);
          report.add(row.put("speed of the scan", rounds.timesFasterThan(all.get(EXACT))));
        });
    return all.get(OURS).millis();
  }

  private static void rescore(RowMatrix rows, int[] chosen, float[] query) throws IOException {
    try (Scan scan = new CpuScanEngine().open(new StoredRows(rows), List.of(query))) {
      scan.score(chosen, chosen.length, new float[chosen.length]);
    }
  }

  private static float[] mean(List<float[]> rows) {
    float[] mean = new float[rows.getFirst().length];
    for (float[] row : rows) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += row[k] / rows.size();
      }
    }
    return mean;
  }

  /** Writes the signs of vectors, eight to a byte. */
  private Path signs(String name, List<float[]> vectors) throws IOException {
    byte[] signs = new byte[vectors.size() * RowsFile.DIMENSION / Byte.SIZE];
    int at = 0;
    for (float[] vector : vectors) {
      for (float number : vector) {
        signs[at / Byte.SIZE] |= (byte) ((number >= 0 ? 1 : 0) << at % Byte.SIZE);
        at++;
      }
    }
    return Files.write(directory.resolve(name), signs);
  }
}
