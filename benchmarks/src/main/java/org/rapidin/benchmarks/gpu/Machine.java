package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.rapidin.benchmarks.node.Host;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.GpuStats;
import org.rapidin.gpu.RawDevice.Properties;

/** Says in the head of a report where it was measured. */
final class Machine {
  private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");

  private Machine() {}

  static void describe(Report report, GpuStats stats, Properties device) throws IOException {
    Host.date(report);
    report.head(
        "device",
        "%s, compute capability %s, %.1f GB free"
            .formatted(device.name(), device.computeCapability(), device.freeBytes() / 1e9));
    report.head(
        "clocks",
        "%s multiprocessors at up to %s MHz, memory %s bits at up to %s MHz"
            .formatted(
                device.multiprocessors(),
                device.clockMhz(),
                device.busBits(),
                device.memoryClockMhz()));
    now().ifPresent(now -> report.head("now", now));
    report.head("driver", "CUDA %s, %s".formatted(stats.driver(), Host.firstLine(DRIVER, "NVRM")));
    Host.describe(report);
  }

  /** Returns the clocks at this moment, if the driver's tool is installed. */
  private static Optional<String> now() {
    try {
      Process process =
          new ProcessBuilder(
                  "nvidia-smi",
                  "--query-gpu=clocks.sm,clocks.mem,temperature.gpu,power.draw,power.limit",
                  "--format=csv,noheader")
              .redirectErrorStream(true)
              .start();
      boolean ended = process.waitFor(5, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      return ended && process.exitValue() == 0
          ? Optional.of(
              new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
          : Optional.empty();
    } catch (IOException absent) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
