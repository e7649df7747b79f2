package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.DeviceScan;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.RawDevice;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.SignQuery;

/** Compares scans of resident sign bits with those of the CPU, and measures them. */
final class CodeTable {
  private static final int[] QUERIES = {1, 8, 16};
  private static final int[] CHECKED_QUERIES = {1, 2, 5, 8, 16};
  private static final int ROUNDS = 7;
  private static final int TOP = 1000;

  private final GpuScanEngine engine;
  private final RawDevice device;
  private final Report report;
  private final Checks checks;

  CodeTable(GpuScanEngine engine, RawDevice device, Report report, Checks checks) {
    this.engine = engine;
    this.device = device;
    this.report = report;
    this.checks = checks;
  }

  /** Verifies all rows, listed rows and the top rows. */
  void check(int count, int bits) throws IOException {
    try (RepeatedCodes codes = new RepeatedCodes(count, bits)) {
      EngineScans<SignQuery> scans = EngineScans.of(engine, codes);
      List<SignQuery> queries = RepeatedCodes.queries(ScanEngine.MAX_QUERIES, bits);
      int[] list = EngineChecks.everyThird(count);
      for (int q : CHECKED_QUERIES) {
        List<SignQuery> some = queries.subList(0, q);
        float[] scores = scans.scores(some, scans.all());
        boolean same = Arrays.equals(onCpu(codes, some, scans.all()), scores);
        boolean listed = Arrays.equals(onCpu(codes, some, list), scans.scores(some, list));
        boolean top = EngineChecks.topIsExact(scans, some, scores);
        ObjectNode row = report.row("check sign bits").put("B", bits).put("n", count).put("q", q);
        row.put("bits", Checks.word(same)).put("listed", Checks.word(listed));
        report.add(row.put("top, bitset", Checks.word(top)));
        checks.require(
            same && listed && top, "sign bits, B = %s, q = %s: as the CPU".formatted(bits, q));
      }
    }
  }

  private static float[] onCpu(RepeatedCodes codes, List<SignQuery> queries, int[] rows)
      throws IOException {
    float[] scores = new float[queries.size() * rows.length];
    try (Scan scan = new CpuCodeScanEngine().open(codes, queries)) {
      scan.score(rows, rows.length, scores);
    }
    return scores;
  }

  /**
   * Measures the upload, then scans as the plugin does them.
   *
   * @param copyRate of the device, GB/s read and written
   */
  void measure(int count, int bits, double copyRate) throws Exception {
    long bytes = count * (long) (bits / Byte.SIZE + Float.BYTES);
    List<SignQuery> queries = RepeatedCodes.queries(ScanEngine.MAX_QUERIES, bits);
    try (RepeatedCodes codes = new RepeatedCodes(count, bits)) {
      EngineScans<SignQuery> scans = EngineScans.of(engine, codes);
      double upload = Rates.wallMillis(() -> scans.open(queries).close());
      ObjectNode uploaded = report.row("upload sign bits").put("n", count);
      uploaded.put("GB", bytes / 1e9).put("ms", upload);
      report.add(uploaded.put("GB/s", Rates.gigabytesPerSecond(bytes, upload)));
      for (int q : QUERIES) {
        ObjectNode row = report.row("scan sign bits").put("n", count).put("q", q);
        try (DeviceScan scan = scans.open(queries.subList(0, q))) {
          measure(scan, scans.all(), q, bytes, copyRate, row);
        }
        scans.requireDevice();
        report.add(row);
      }
    }
  }

  private void measure(
      DeviceScan scan, int[] all, int q, long bytes, double copyRate, ObjectNode row)
      throws Exception {
    float[] scores = new float[q * all.length];
    RawDevice.Work score = () -> scan.score(all, all.length, scores);
    double millis = Rates.median(ROUNDS, () -> device.kernelMillis(score));
    double rate = Rates.gigabytesPerSecond(bytes, millis);
    row.put("kernel ms", millis).put("GB/s", rate);
    row.put("% of copy", Rates.percent(rate, copyRate));
    row.put("scores ms", Rates.median(ROUNDS, () -> Rates.wallMillis(score::run)));
    RawDevice.Work top = () -> scan.top(TOP);
    row.put("top kernel ms", Rates.median(ROUNDS, () -> device.kernelMillis(top)));
    row.put("top ms", Rates.median(ROUNDS, () -> Rates.wallMillis(top::run)));
  }
}
