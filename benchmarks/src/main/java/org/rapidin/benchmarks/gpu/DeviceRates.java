package org.rapidin.benchmarks.gpu;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Measures what the device and its bus can do at best, and the top-k kernel. */
final class DeviceRates {
  private static final int ROUNDS = 7;
  private static final long PINNED_BYTES = 256 << 20;

  private final RawDevice device;
  private final Report report;

  DeviceRates(RawDevice device, Report report) {
    this.device = device;
    this.report = report;
  }

  /**
   * Measures copies within the device, which read and write.
   *
   * @param bytes of the array that is copied
   * @return GB/s, read and written
   */
  double copy(long bytes) throws Exception {
    try (Buffers buffers = new Buffers(device)) {
      Buffer source = buffers.repeat(MemorySegment.ofArray(random(1 << 20)), bytes);
      Buffer target = buffers.allocate(bytes);
      return add(
          "copy, read + write",
          2 * bytes,
          Rates.median(
              ROUNDS, () -> device.millis(() -> device.copy(target, 0, source, 0, bytes))));
    }
  }

  /** Measures copies from and to pinned host memory. */
  void bus(long most) throws Exception {
    long bytes = Math.min(PINNED_BYTES, most);
    try (Buffers buffers = new Buffers(device)) {
      Buffer buffer = buffers.allocate(bytes);
      device.pinned(bytes).fill((byte) 1);
      add(
          "pinned upload",
          bytes,
          Rates.median(ROUNDS, () -> device.millis(() -> device.send(buffer, 0, bytes))));
      add(
          "pinned download",
          bytes,
          Rates.median(ROUNDS, () -> device.millis(() -> device.fetch(buffer, 0, bytes))));
    }
  }

  private double add(String what, long bytes, double millis) {
    double rate = Rates.gigabytesPerSecond(bytes, millis);
    report.add(report.row(what).put("GB", bytes / 1e9).put("ms", millis).put("GB/s", rate));
    return rate;
  }

  /** Measures the top-k kernel without a scan. */
  void top(int count, int q, int k) throws Exception {
    try (Buffers buffers = new Buffers(device)) {
      Buffer keys =
          buffers.repeat(MemorySegment.ofArray(random(1 << 20)), (long) Long.BYTES * q * count);
      TopKernel kernel = new TopKernel(device, buffers, count, q, k);
      double millis = Rates.median(ROUNDS, () -> device.millis(() -> kernel.run(keys)));
      report.add(
          report
              .row("top k alone")
              .put("n", count)
              .put("q", q)
              .put("k", k)
              .put("kernel ms", millis));
    }
  }

  private static long[] random(int count) {
    return new SplittableRandom(1).longs(count).toArray();
  }
}
