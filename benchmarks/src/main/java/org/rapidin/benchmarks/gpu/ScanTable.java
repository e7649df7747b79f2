package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.rapidin.benchmarks.gpu.RandomVectors.Expected;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.DeviceScan;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.RawDevice;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.ScanEngine;

/** Measures scans of resident rows, and compares their products with the oracle. */
final class ScanTable {
  private static final int[] QUERIES = {1, 8, 16};
  private static final int ROUNDS = 7;
  private static final int TOP = 10;

  private final GpuScanEngine engine;
  private final RawDevice device;
  private final Report report;
  private final Checks checks;
  private final double copyRate;

  /**
   * @param copyRate of the device, GB/s read and written
   */
  ScanTable(GpuScanEngine engine, RawDevice device, Report report, Checks checks, double copyRate) {
    this.engine = engine;
    this.device = device;
    this.report = report;
    this.checks = checks;
    this.copyRate = copyRate;
  }

  /** Measures an element type of the index: the upload, then scans as the plugin does them. */
  void measure(ElementType type, int count, int dimension) throws Exception {
    long bytes = (long) count * type.rowLength(dimension);
    String name = type.name().toLowerCase(Locale.ROOT);
    List<float[]> queries = RandomVectors.queries(ScanEngine.MAX_QUERIES, dimension);
    try (RepeatedRows rows = new RepeatedRows(type, count, dimension)) {
      EngineScans<float[]> scans = EngineScans.of(engine, rows);
      double upload = Rates.wallMillis(() -> scans.open(queries).close());
      report.add(
          report
              .row("upload " + name)
              .put("n", count)
              .put("GB", bytes / 1e9)
              .put("ms", upload)
              .put("GB/s", Rates.gigabytesPerSecond(bytes, upload)));
      Expected expected = rows.vectors().expect(queries);
      for (int q : QUERIES) {
        ObjectNode row = row(name, count, q);
        try (DeviceScan scan = scans.open(queries.subList(0, q))) {
          measure(scan, scans.all(), q, bytes, expected, row);
        }
        scans.requireDevice();
        report.add(row);
      }
    }
  }

  private void measure(
      DeviceScan scan, int[] all, int q, long bytes, Expected expected, ObjectNode row)
      throws Exception {
    float[] products = new float[q * all.length];
    RawDevice.Work score = () -> scan.score(all, all.length, products);
    rates(row, bytes, Rates.median(ROUNDS, () -> device.kernelMillis(score)));
    row.put("scores ms", Rates.median(ROUNDS, () -> Rates.wallMillis(score::run)));
    row.put("top ms", Rates.median(ROUNDS, () -> Rates.wallMillis(() -> scan.top(TOP))));
    error(row, expected.error(all, all.length, products));
  }

  private ObjectNode row(String name, int count, int q) {
    return report.row("scan " + name).put("n", count).put("q", q);
  }

  private void rates(ObjectNode row, long bytes, double millis) {
    double rate = Rates.gigabytesPerSecond(bytes, millis);
    row.put("kernel ms", millis).put("GB/s", rate);
    row.put("% of copy", Rates.percent(rate, copyRate));
  }

  private void error(ObjectNode row, double error) {
    row.put("error", checks.requireSmall(error, row.path("what").asText()));
  }
}
