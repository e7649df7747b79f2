package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.gpu.DeviceScan;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.TopRows;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/**
 * Scans of one segment as the plugin does them, but never on the CPU.
 *
 * @param <Q> a query
 */
final class EngineScans<Q> {
  private final GpuScanEngine engine;
  private final Opening<Q> opening;
  private final int[] all;

  /** How a scan is opened. */
  @FunctionalInterface
  private interface Opening<Q> {
    Scan open(List<Q> queries) throws IOException;
  }

  private EngineScans(GpuScanEngine engine, int rows, Opening<Q> opening) {
    this.engine = engine;
    this.opening = opening;
    this.all = IntStream.range(0, rows).toArray();
  }

  static EngineScans<float[]> of(GpuScanEngine engine, SegmentRows rows) {
    return new EngineScans<>(engine, rows.rows(), queries -> engine.open(rows, queries));
  }

  static EngineScans<SignQuery> of(GpuScanEngine engine, SegmentCodes codes) {
    return new EngineScans<>(engine, codes.rows(), queries -> engine.open(codes, queries));
  }

  int[] all() {
    return all;
  }

  /**
   * Opens a scan; the first one copies the rows to the device.
   *
   * @throws IllegalStateException if the rows are not on the device
   */
  DeviceScan open(List<Q> queries) throws IOException {
    Scan scan = opening.open(queries);
    if (scan instanceof DeviceScan device) {
      return device;
    }
    scan.close();
    throw new IllegalStateException(
        "the rows are not on the device: %s".formatted(engine.stats().fallbacks()));
  }

  /** Returns the scores of some rows, q×n, query-major. */
  float[] scores(List<Q> queries, int[] ordinals) throws IOException {
    float[] scores = new float[queries.size() * ordinals.length];
    try (DeviceScan scan = open(queries)) {
      scan.score(ordinals, ordinals.length, scores);
    }
    requireDevice();
    return scores;
  }

  /** Returns the k rows with the largest scores among the accepted ones. */
  List<TopRows> top(List<Q> queries, int k, long[] accepted) throws IOException {
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
