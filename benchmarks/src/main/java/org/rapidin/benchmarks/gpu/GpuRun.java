package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.util.Locale;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuStats;
import org.rapidin.gpu.RawDevice;
import org.rapidin.scorer.ElementType;

/** Everything that the benchmark verifies and measures on one device, in order. */
final class GpuRun {
  // Scratch of a pass: partial products of 48 columns and up to 16 splits, keys and scores.
  private static final long SCRATCH_BYTES_PER_ROW = 4096;
  private static final long MAX_COPY_BYTES = 4L << 30;
  private static final int MAX_CHECKED_NUMBERS = 1_000_000;
  // Not a multiple of what rows are padded to.
  private static final int ODD_DIMENSION = 1000;
  // A quarter of what codes are padded to.
  private static final int CHECKED_BITS = 512;

  private final GpuScanEngine engine;
  private final RawDevice device;
  private final Report report;
  private final Checks checks;
  private final Sizes sizes;

  /**
   * How much is measured.
   *
   * @param rows n of the tables, ascending
   * @param codedRows n of the table of sign bits, ascending
   * @param dimension K
   * @param checkedRows n of the checks
   * @param gradientLength numbers of a gradient
   */
  record Sizes(int[] rows, int[] codedRows, int dimension, int checkedRows, int gradientLength) {}

  GpuRun(GpuScanEngine engine, RawDevice device, Report report, Checks checks, Sizes sizes) {
    this.engine = engine;
    this.device = device;
    this.report = report;
    this.checks = checks;
    this.sizes = sizes;
  }

  void run() throws Exception {
    Machine.describe(report, engine.stats(), device.properties());
    check();
    DeviceRates rates = new DeviceRates(device, report);
    double copyRate = copyRate(rates);
    ScanTable table = new ScanTable(engine, device, report, checks, copyRate);
    for (int i = 0; i < sizes.rows.length; i++) {
      int before = i == 0 ? 0 : sizes.rows[i - 1];
      scan(table, before, sizes.rows[i]);
      for (int q : new int[] {1, 16}) {
        for (int k : new int[] {10, 1000}) {
          rates.top(sizes.rows[i], q, k);
        }
      }
      if (i == 0) {
        sketch(copyRate);
        for (ElementType type : ElementType.values()) {
          new CpuTrial(report).measure(type, sizes.rows[0], sizes.dimension);
        }
      }
    }
    codes(copyRate);
  }

  /** Verifies and measures the estimates from sign bits alone. */
  void runCodes() throws Exception {
    Machine.describe(report, engine.stats(), device.properties());
    codes(copyRate(new DeviceRates(device, report)));
  }

  private void codes(double copyRate) throws Exception {
    CodeTable table = new CodeTable(engine, device, report, checks);
    for (int bits : new int[] {CHECKED_BITS, sizes.dimension}) {
      table.check(sizes.checkedRows, bits);
    }
    int before = 0;
    for (int wanted : sizes.codedRows) {
      int count = fitting("scan sign bits", sizes.dimension / Byte.SIZE, before, wanted);
      if (count > before) {
        table.measure(count, sizes.dimension, copyRate);
      }
      before = wanted;
    }
    new CpuTrial(report).measureCodes(sizes.codedRows[0], sizes.dimension);
  }

  private void sketch(double copyRate) throws Exception {
    SketchTrial sketch = new SketchTrial(engine, device, report, checks);
    sketch.measureFromHost(16, sizes.gradientLength);
    for (int gradients : new int[] {16, 32}) {
      long bytes = (long) Float.BYTES * gradients * sizes.gradientLength;
      if (bytes < availableBytes() / 2) {
        sketch.measure(gradients, sizes.gradientLength, copyRate);
      } else {
        report.say("sketch: %s gradients do not fit on the device".formatted(gradients));
      }
    }
  }

  private void check() throws IOException {
    for (int dimension : new int[] {ODD_DIMENSION, sizes.dimension}) {
      for (ElementType type : ElementType.values()) {
        new EngineChecks(engine, report, checks).run(type, sizes.checkedRows, dimension);
      }
    }
    new SketchTrial(engine, device, report, checks)
        .check(Math.min(sizes.gradientLength, MAX_CHECKED_NUMBERS));
  }

  private double copyRate(DeviceRates rates) throws Exception {
    long rowBytes = (long) Short.BYTES * sizes.rows[0] * sizes.dimension;
    long bytes = Math.min(rowBytes, Math.min(MAX_COPY_BYTES, availableBytes() / 4));
    double rate = rates.copy(bytes);
    rates.bus(bytes);
    return rate;
  }

  private void scan(ScanTable table, int before, int wanted) throws Exception {
    for (ElementType type : ElementType.values()) {
      int count = fitting("scan " + type, type.valuesLength(sizes.dimension), before, wanted);
      if (count > before) {
        table.measure(type, count, sizes.dimension);
      }
    }
  }

  /** Returns how many of the rows fit on the device, and says so if that is not all of them. */
  private int fitting(String what, long valuesBytes, int before, int wanted) {
    long rowBytes = valuesBytes + Float.BYTES + SCRATCH_BYTES_PER_ROW;
    long fitting = availableBytes() / rowBytes;
    if (fitting >= wanted) {
      return wanted;
    }
    report.say(
        "%s: %s rows do not fit on the device, %s"
            .formatted(
                what.toLowerCase(Locale.ROOT),
                wanted,
                fitting > before ? "the largest number is taken" : "left out"));
    return (int) fitting;
  }

  private long availableBytes() {
    GpuStats.Device stats = engine.stats().devices().getFirst();
    return stats.memoryLimitBytes() - stats.memoryUsedBytes();
  }
}
