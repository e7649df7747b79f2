package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.GpuStats;
import org.rapidin.gpu.RawDevice.Properties;

/** Says in the head of a report where it was measured. */
final class Machine {
  private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private Machine() {}

  static void describe(Report report, GpuStats stats, Properties device) throws IOException {
    report.head("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
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
    report.head("driver", "CUDA %s, %s".formatted(stats.driver(), firstLine(DRIVER, "NVRM")));
    report.head(
        "processor",
        "%s, %s threads"
            .formatted(
                firstLine(PROCESSORS, "model name").replaceFirst(".*: ", ""),
                Runtime.getRuntime().availableProcessors()));
    report.head(
        "versions",
        "RapidIn %s, Java %s, %s %s"
            .formatted(
                Optional.ofNullable(Machine.class.getPackage().getImplementationVersion())
                    .orElse("of a class folder"),
                Runtime.version(),
                System.getProperty("os.name"),
                System.getProperty("os.version")));
  }

  private static String firstLine(Path file, String beginning) throws IOException {
    if (!Files.isReadable(file)) {
      return "no " + file;
    }
    try (var lines = Files.lines(file)) {
      return lines.filter(line -> line.startsWith(beginning)).findFirst().orElse("").strip();
    }
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
