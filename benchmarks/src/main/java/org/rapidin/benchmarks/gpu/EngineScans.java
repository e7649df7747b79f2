package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.gpu.DeviceScan;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.TopRows;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.SegmentRows;

/** Scans of one segment as the plugin does them, but never on the CPU. */
final class EngineScans {
  private final GpuScanEngine engine;
  private final SegmentRows rows;
  private final int[] all;

  EngineScans(GpuScanEngine engine, SegmentRows rows) {
    this.engine = engine;
    this.rows = rows;
    this.all = IntStream.range(0, rows.rows()).toArray();
  }

  int[] all() {
    return all;
  }

  /**
   * Opens a scan; the first one copies the rows to the device.
   *
   * @throws IllegalStateException if the rows are not on the device
   */
  DeviceScan open(List<float[]> queries) throws IOException {
    Scan scan = engine.open(rows, queries);
    if (scan instanceof DeviceScan device) {
      return device;
    }
    scan.close();
    throw new IllegalStateException(
        "the rows are not on the device: %s".formatted(engine.stats().fallbacks()));
  }

  /** Returns the products of some rows, q×n, query-major. */
  float[] products(List<float[]> queries, int[] ordinals) throws IOException {
    float[] products = new float[queries.size() * ordinals.length];
    try (DeviceScan scan = open(queries)) {
      scan.score(ordinals, ordinals.length, products);
    }
    requireDevice();
    return products;
  }

  /** Returns the k rows with the largest products among the accepted ones. */
  List<TopRows> top(List<float[]> queries, int k, long[] accepted) throws IOException {
    try (DeviceScan scan = open(queries)) {
      return scan.top(k, accepted)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "no top rows: %s".formatted(engine.stats().fallbacks())));
    }
  }

  /** Throws if a scan went on on the CPU. */
  void requireDevice() {
    if (!engine.stats().fallbacks().isEmpty()) {
      throw new IllegalStateException(
          "the CPU did a part of it: %s %s"
              .formatted(engine.stats().fallbacks(), engine.stats().reason()));
    }
  }
}
