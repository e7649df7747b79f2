package org.rapidin.gpu;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.rapidin.scorer.Scan;

/**
 * A scan of a segment whose rows are on a device. If the device fails, the CPU does the rest. For
 * one thread.
 */
public final class DeviceScan implements Scan {
  private final GpuScanEngine engine;
  private final List<PassQuery> queries;
  private final OnCpu onCpu;
  private DeviceSegment segment;
  private Scan cpu;

  /** Opens the same scan on the CPU. */
  @FunctionalInterface
  interface OnCpu {
    Scan open() throws IOException;
  }

  /**
   * @param segment the rows on the device; released by {@link #close}
   * @param onCpu what goes on if the device fails
   */
  DeviceScan(GpuScanEngine engine, DeviceSegment segment, List<PassQuery> queries, OnCpu onCpu) {
    this.engine = engine;
    this.segment = segment;
    this.queries = queries;
    this.onCpu = onCpu;
  }

  @Override
  public int preferredRows() {
    return cpu == null ? Math.max(1, segment.layout().rows()) : cpu.preferredRows();
  }

  @Override
  public void score(int[] ordinals, int count, float[] products) throws IOException {
    if (count == 0) {
      return;
    }
    if (cpu == null) {
      try {
        scoreOnDevice(new PassRequest(queries, ordinals, count, products));
        return;
      } catch (GpuException e) {
        fallBack(e);
      }
    }
    cpu.score(ordinals, count, products);
  }

  private void scoreOnDevice(PassRequest request) {
    RowSelection selection =
        RowSelection.of(request.rows(), request.count(), segment.layout().rows());
    if (selection.isListed()) {
      engine.pass(segment, selection, List.of(request));
    } else {
      segment
          .gates()
          .run(selection, request, requests -> engine.pass(segment, selection, requests));
    }
  }

  /**
   * Finds the rows with the largest scores among all rows.
   *
   * @param k 1 to 2048
   * @return for each query; nothing if the device cannot do it
   */
  public Optional<List<TopRows>> top(int k) throws IOException {
    return topOf(k, null);
  }

  /**
   * Finds the rows with the largest scores among some rows.
   *
   * @param k 1 to 2048
   * @param accepted a bit for each row, 64 a word, the lowest first
   * @return for each query; nothing if the device cannot do it
   */
  public Optional<List<TopRows>> top(int k, long[] accepted) throws IOException {
    return topOf(k, accepted);
  }

  private Optional<List<TopRows>> topOf(int k, long[] accepted) throws IOException {
    if (k < 1 || k > Kernels.MAX_TOP) {
      throw new IllegalArgumentException(
          "a device returns 1 to %s rows, asked for %s".formatted(Kernels.MAX_TOP, k));
    }
    int all = segment.layout().rows();
    RowSelection selection =
        accepted == null ? RowSelection.range(0, all) : RowSelection.of(accepted, all);
    if (cpu != null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          engine.top(segment, selection, queries, k, selection.isListed() ? null : accepted));
    } catch (GpuException e) {
      fallBack(e);
      return Optional.empty();
    }
  }

  private void fallBack(GpuException e) throws IOException {
    engine.failed(e);
    cpu = onCpu.open();
  }

  @Override
  public void close() {
    if (segment != null) {
      engine.release(segment);
      segment = null;
    }
    if (cpu != null) {
      cpu.close();
    }
  }
}
