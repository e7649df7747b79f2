package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Says in the head of a report on which machine and with which versions it was measured. */
public final class Host {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path MEMORY = Path.of("/proc/meminfo");

  private Host() {}

  /** Adds the date. */
  public static void date(Report report) {
    report.head("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /** Adds the processor and the versions. */
  public static void describe(Report report) throws IOException {
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
                Optional.ofNullable(Host.class.getPackage().getImplementationVersion())
                    .orElse("of a class folder"),
                Runtime.version(),
                System.getProperty("os.name"),
                System.getProperty("os.version")));
  }

  /** Returns how many bytes of main memory are free or hold files that can be read again. */
  public static long availableBytes() throws IOException {
    String kilobytes = firstLine(MEMORY, "MemAvailable").replaceAll("[^0-9]", "");
    return kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) << 10;
  }

  /** Returns the first line that begins so; an empty one if there is none. */
  public static String firstLine(Path file, String beginning) throws IOException {
    if (!Files.isReadable(file)) {
      return "no " + file;
    }
    try (var lines = Files.lines(file)) {
      return lines.filter(line -> line.startsWith(beginning)).findFirst().orElse("").strip();
    }
  }
}
