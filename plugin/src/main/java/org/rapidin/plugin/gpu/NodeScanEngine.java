package org.rapidin.plugin.gpu;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSettings;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.lucene.CandidateCounters;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.CpuVectors;
import org.rapidin.scorer.RowCounts;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/**
 * The scan engine of a node: on its GPUs, or on the CPU. Nothing native is touched before the first
 * scan of a segment that is large enough, the first warm-up or the first request for statistics.
 * Safe for many threads.
 */
public final class NodeScanEngine implements ScanEngine, CodeScanEngine, AutoCloseable {
  private static final Logger LOGGER = LogManager.getLogger(NodeScanEngine.class);

  private final CpuScanEngine cpu = new CpuScanEngine();
  private final GpuScanEngine gpu;
  private final CandidateCounters candidates = new CandidateCounters();
  private final GpuSettings settings;
  private final Executor executor;
  private final AtomicBoolean looked = new AtomicBoolean();

  /**
   * @param executor looks for devices, which takes seconds
   */
  public NodeScanEngine(GpuSettings settings, Executor executor) {
    this.gpu = new GpuScanEngine(cpu, settings, LOGGER::info);
    this.settings = settings;
    this.executor = executor;
    if (!CpuVectors.areUsed()) {
      LOGGER.warn(
          "vectors are scored and compressed several times slower on this node: {}",
          CpuVectors.description());
    }
  }

  /** Begins a scan; on the CPU until devices were found, so that no search waits for that. */
  @Override
  public Scan open(SegmentRows rows, List<float[]> queries) throws IOException {
    lookForDevices(rows.rows());
    return gpu.open(rows, queries);
  }

  /** Begins a scan of codes; as {@link #open(SegmentRows, List)}. */
  @Override
  public Scan open(SegmentCodes codes, List<SignQuery> queries) throws IOException {
    lookForDevices(codes.rows());
    return gpu.open(codes, queries);
  }

  private void lookForDevices(int rows) {
    if (settings.enabled() && rows >= settings.minRows() && looked.compareAndSet(false, true)) {
      executor.execute(gpu::probe);
    }
  }

  /**
   * Copies rows to a device, unless they are there. For a thread that may wait.
   *
   * @return empty if they are on a device now, otherwise why not
   */
  public Optional<String> warm(SegmentRows rows) throws IOException {
    gpu.probe();
    return gpu.warm(rows);
  }

  /** Copies codes to a device; as {@link #warm(SegmentRows)}. */
  public Optional<String> warm(SegmentCodes codes) throws IOException {
    gpu.probe();
    return gpu.warm(codes);
  }

  /** Returns the devices for other work than scans. It probes before it uses them. */
  public GpuScanEngine devices() {
    return gpu;
  }

  /** Returns what the devices did, and looks for them first. For a thread that may wait. */
  public GpuStats stats() {
    if (!settings.enabled()) {
      return NodeGpuStats.disabled("[%s] is false".formatted(NodeGpuSettings.ENABLED.getKey()));
    }
    gpu.probe();
    return gpu.stats();
  }

  /** Returns what was scored on the CPU: scans that a device did not take, in whole or in part. */
  public RowCounts cpuRows() {
    return cpu.counts();
  }

  /** Returns the counters of queries in candidates mode. */
  public CandidateCounters candidates() {
    return candidates;
  }

  @Override
  public void close() {
    gpu.close();
  }
}
