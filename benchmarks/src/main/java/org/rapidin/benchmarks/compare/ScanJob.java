package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.scan.NativeScan;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.VectorNorms;

/** Compares the exact scan of one thread with a C loop, numpy and FAISS. */
final class ScanJob {
  private static final Path C_SOURCE = Path.of("benchmarks/src/main/c/scan.c");
  private static final int[] QUERIES = {1, 8, 16};
  private static final String C = "C loop";
  private static final String READ = "reading alone (C)";

  /** Sums of 65,536 products in float16, as FAISS has them, are not more exact. */
  private static final double TOLERANCE = 1e-3;

  private final RowsFile file;
  private final Path directory;
  private final Report report;

  ScanJob(RowsFile file, Path directory, Report report) {
    this.file = file;
    this.directory = directory;
    this.report = report;
  }

  /** Measures n rows. */
  void measure(int rows) throws Exception {
    report.section("Exact scan, n = %,d".formatted(rows));
    RowMatrix matrix = file.first(rows);
    if (matrix == null) {
      report.note("Not run: the file has fewer rows.");
      return;
    }
    Path queries = RowsFile.write(directory.resolve("queries"), file.queries(16));
    try (Arena arena = Arena.ofConfined()) {
      Optional<PeerProcess> peers =
          PeerProcess.start(
              report,
              1,
              "scan",
              file.file(),
              file.scalesOffset(),
              RowsFile.DISTINCT,
              rows,
              RowsFile.DIMENSION,
              queries);
      Turns turns = new Turns();
      addC(turns, matrix, arena);
      float[] products = new float[16 * rows];
      for (int q : QUERIES) {
        turns.add(
            name("RapidIn for OpenSearch", q),
            () -> RowsFile.scan(matrix, file.queries(q), products));
      }
      try (PeerProcess open = peers.orElse(null)) {
        if (open != null) {
          RowsFile.scan(matrix, file.queries(16), products);
          for (String way : open.ways()) {
            turns.addPeer(way, () -> checked(open, way, products));
          }
        }
        table(turns.run(), rows);
      }
    }
  }

  private void addC(Turns turns, RowMatrix matrix, Arena arena) throws Exception {
    Optional<NativeScan> c = NativeScan.compile(C_SOURCE, directory, arena);
    if (c.isEmpty()) {
      report.note("Absent: a C compiler.");
      return;
    }
    MemorySegment query = arena.allocateFrom(ValueLayout.JAVA_FLOAT, file.queries(1).getFirst());
    MemorySegment products = arena.allocate(4L * matrix.rows());
    turns.add(READ, () -> c.get().read(matrix.values()));
    turns.add(name(C, 1), () -> c.get().scan(matrix, query, products));
  }

  /** Runs a peer, and compares its best product of the last query with ours. */
  private Cost checked(PeerProcess peers, String way, float[] products) throws Exception {
    Cost cost = peers.run(way);
    int q = queries(way) - 1;
    int rows = products.length / 16;
    float best = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < rows; i++) {
      best = Math.max(best, products[q * rows + i]);
    }
    double difference = Math.abs(peers.result().asDouble() - best);
    double norms = Math.sqrt(VectorNorms.squaredNorm(file.queries(16).get(q)) * RowsFile.DIMENSION);
    if (!(difference <= TOLERANCE * norms)) {
      throw new AssertionError(
          "%s: the best product is %s, ours is %s".formatted(way, peers.result(), best));
    }
    return cost;
  }

  private void table(Map<String, Rounds> all, int rows) {
    Rounds c = all.get(name(C, 1));
    all.forEach(
        (name, rounds) -> {
          int q = name.equals(READ) ? 1 : queries(name);
          boolean wide = name.startsWith("numpy") || name.contains("FlatIP");
          double bytes = (wide ? 4.0 : 2.0) * RowsFile.DIMENSION * rows;
          ObjectNode row = report.row(name.replaceFirst(" q=.*", "")).put("queries", q);
          rounds.describe(row);
          row.put("ms a query", rounds.millis() / q);
          row.put("GB/s", bytes / rounds.millis() / 1e6);
          if (c != null) {
            row.put("speed of C", q * rounds.timesFasterThan(c));
          }
          report.add(row);
        });
  }

  private static String name(String what, int q) {
    return what + " q=" + q;
  }

  private static int queries(String name) {
    return Integer.parseInt(name.substring(name.indexOf("q=") + 2));
  }
}
