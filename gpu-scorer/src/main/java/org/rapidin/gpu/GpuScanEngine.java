package org.rapidin.gpu;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rapidin.gpu.GpuRuntime.Status;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.CodeScanEngine;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/**
 * Scans segments on CUDA devices, and on the CPU whatever a device cannot take. Results have the
 * same bits whichever rows and queries share a pass. Inner products differ from the CPU's by
 * rounding, at most 1e-6 of the product of the norms; estimates from sign bits are the CPU's to the
 * bit. Safe for many threads.
 */
public final class GpuScanEngine implements ScanEngine, CodeScanEngine, AutoCloseable {
  private final ScanEngine cpu;
  private final CodeScanEngine cpuCodes = new CpuCodeScanEngine();
  private final GpuRuntime runtime;
  private final Counters counters = new Counters();
  private final SegmentCache cache = new SegmentCache(counters);
  private volatile GpuSettings settings;

  /**
   * An engine that uses the CPU until {@link #probe} has found a device. Nothing native is touched
   * here.
   *
   * @param cpu scans what a device does not
   * @param log receives a line when devices are found, cannot be used, or are lost
   */
  public GpuScanEngine(ScanEngine cpu, GpuSettings settings, Consumer<String> log) {
    this.cpu = cpu;
    this.settings = settings;
    this.runtime = new GpuRuntime(log);
  }

  /** Returns an engine that uses the CPU only. */
  public static GpuScanEngine withoutDevices() {
    return new GpuScanEngine(new CpuScanEngine(), GpuSettings.OFF, line -> {});
  }

  /**
   * Looks for devices, unless that was done already or they are not enabled. May take seconds, so
   * call it on a thread that may block. Never throws: {@link GpuStats#reason} says what failed.
   */
  public void probe() {
    if (settings.enabled()) {
      runtime.probe(settings, cache::evictOne);
    }
  }

  /**
   * Changes the settings from now on. A lower memory limit evicts segments; the number of lanes
   * stays as it was at the probe.
   */
  public void configure(GpuSettings changed) {
    settings = changed;
    for (GpuDevice device : devices()) {
      try {
        device.makeCurrent();
        device.memory().limit(changed.limit(device.memory().usedBytes() + GpuDevice.freeBytes()));
      } catch (GpuException e) {
        failed(e);
      }
    }
    if (!changed.enabled()) {
      cache.clear();
    }
  }

  /** Returns the devices that are in use. */
  List<GpuDevice> devices() {
    Status status = runtime.status();
    return status.state() == State.READY ? status.devices() : List.of();
  }

  /**
   * Returns the device with a number of the driver, and looks for devices first.
   *
   * @throws GpuException if it cannot be used; says why
   */
  GpuDevice device(int index) {
    if (!settings.enabled()) {
      throw new GpuException(Fallback.DISABLED, "the use of GPUs is switched off");
    }
    probe();
    return devices().stream()
        .filter(device -> device.index() == index)
        .findFirst()
        .orElseThrow(() -> new GpuException(Fallback.DISABLED, missing(index)));
  }

  private String missing(int index) {
    Status status = runtime.status();
    return status.state() == State.READY
        ? "device %s cannot be used, only %s"
            .formatted(index, status.devices().stream().map(GpuDevice::index).toList())
        : status.reason();
  }

  /**
   * Begins to score rows of a segment, which is copied to a device first if it is not there.
   *
   * @return on a device a {@link DeviceScan}
   */
  @Override
  public Scan open(SegmentRows rows, List<float[]> queries) throws IOException {
    ScanEngine.check(rows, queries);
    return open(
        RowSource.of(rows),
        () -> queries.stream().<PassQuery>map(PassQuery.Numbers::new).toList(),
        () -> cpu.open(rows, queries));
  }

  /**
   * Begins to estimate products of a segment's rows, whose codes are copied to a device first if
   * they are not there.
   *
   * @return on a device a {@link DeviceScan}
   */
  @Override
  public Scan open(SegmentCodes codes, List<SignQuery> queries) throws IOException {
    CodeScanEngine.check(codes, queries);
    return open(
        RowSource.of(codes),
        () -> queries.stream().<PassQuery>map(query -> digits(query, codes)).toList(),
        () -> cpuCodes.open(codes, queries));
  }

  private static PassQuery.Digits digits(SignQuery query, SegmentCodes codes) {
    return new PassQuery.Digits(query, query.offset(codes.centre()));
  }

  private Scan open(RowSource rows, Supplier<List<PassQuery>> queries, DeviceScan.OnCpu onCpu)
      throws IOException {
    GpuSettings now = settings;
    if (!now.enabled()) {
      return onCpu.open();
    }
    try {
      List<PassQuery> prepared = queries.get();
      DeviceSegment segment = acquire(rows, now);
      counters.scans.increment();
      return new DeviceScan(this, segment, prepared, onCpu);
    } catch (GpuException e) {
      failed(e);
      return onCpu.open();
    }
  }

  /**
   * Copies the rows of a segment to a device if they are not there, as {@link #open} does.
   *
   * @return empty if they are on a device now, otherwise the reason, a key of {@link
   *     GpuStats#fallbacks}
   */
  public Optional<String> warm(SegmentRows rows) throws IOException {
    return warm(RowSource.of(rows));
  }

  /** Copies the codes of a segment to a device, as {@link #warm(SegmentRows)} does its rows. */
  public Optional<String> warm(SegmentCodes codes) throws IOException {
    return warm(RowSource.of(codes));
  }

  private Optional<String> warm(RowSource rows) throws IOException {
    GpuSettings now = settings;
    if (!now.enabled()) {
      return Optional.of(Fallback.DISABLED.key());
    }
    try {
      cache.release(acquire(rows, now));
      return Optional.empty();
    } catch (GpuException e) {
      failed(e);
      return Optional.of(e.fallback().key());
    }
  }

  private DeviceSegment acquire(RowSource rows, GpuSettings now) throws IOException {
    int count = rows.layout().rows();
    if (count < Math.max(1, now.minRows())) {
      throw new GpuException(Fallback.FEW_ROWS, "the segment has %s rows".formatted(count));
    }
    Status status = runtime.status();
    if (status.state() != State.READY) {
      throw new GpuException(
          status.state() == State.DISABLED ? Fallback.DISABLED : Fallback.NOT_PROBED,
          status.reason());
    }
    return cache.acquire(rows, status.devices(), now);
  }

  void release(DeviceSegment segment) {
    cache.release(segment);
  }

  /** Notes that a device could not do something. */
  void failed(GpuException e) {
    counters.fallback(e.fallback());
    if (runtime.failed(e)) {
      cache.clear();
    }
  }

  /** Serves some requests with one pass. */
  void pass(DeviceSegment segment, RowSelection rows, List<PassRequest> requests) {
    List<PassQuery> queries = new ArrayList<>();
    requests.forEach(request -> queries.addAll(request.queries()));
    onLane(
        segment,
        lane -> {
          MemorySegment products = new Pass(lane, segment, rows, queries).products();
          int query = 0;
          for (PassRequest request : requests) {
            request.take(rows, products, query);
            query += request.queries().size();
          }
          return null;
        });
    counters.passed(rows.count(), queries.size());
  }

  List<TopRows> top(
      DeviceSegment segment, RowSelection rows, List<PassQuery> queries, int k, long[] accepted) {
    if (rows.count() == 0) {
      return queries.stream().map(query -> new TopRows(new int[0], new float[0])).toList();
    }
    List<TopRows> top =
        onLane(segment, lane -> new Pass(lane, segment, rows, queries).top(k, accepted));
    counters.passed(rows.count(), queries.size());
    return top;
  }

  private <T> T onLane(DeviceSegment segment, Function<Lane, T> work) {
    LanePool lanes = segment.device().lanes();
    Lane lane = lanes.acquire(settings.maxWait());
    boolean complete = false;
    try {
      T result = work.apply(lane);
      complete = true;
      return result;
    } finally {
      if (!complete) {
        lane.settle();
      }
      lanes.release(lane);
    }
  }

  /** Returns what happened so far. */
  public GpuStats stats() {
    Status status = runtime.status();
    List<DeviceSegment> resident = cache.resident();
    return new GpuStats(
        status.state(),
        status.reason(),
        status.driver(),
        status.devices().stream().map(GpuDevice::stats).toList(),
        resident.size(),
        resident.stream().mapToLong(segment -> segment.layout().rows()).sum(),
        counters.scans.sum(),
        counters.passes.sum(),
        counters.rowsScored.sum(),
        counters.fallbacks(),
        counters.evictions.sum(),
        counters.uploadedBytes.sum());
  }

  /** Stops using devices and frees what is on them; running scans keep theirs until they end. */
  @Override
  public void close() {
    runtime.close();
    cache.clear();
  }
}
