package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process has used, as Linux reports it in {@code /proc}.
 *
 * @param residentBytes resident memory now
 * @param anonymousBytes resident memory now without mapped files
 * @param peakResidentBytes the most resident memory that the process ever had
 * @param userSeconds CPU time in user mode, all threads
 * @param systemSeconds CPU time in the kernel, all threads
 */
public record ProcessUsage(
    long residentBytes,
    long anonymousBytes,
    long peakResidentBytes,
    double userSeconds,
    double systemSeconds) {

  /** USER_HZ, which is 100 on every Linux that the JDK supports. */
  private static final double TICKS_PER_SECOND = 100;

  /** Reads the usage of a running process; all zero where there is no {@code /proc}. */
  public static ProcessUsage of(long pid) throws IOException {
    Path folder = Path.of("/proc", Long.toString(pid));
    if (!Files.exists(folder)) {
      return new ProcessUsage(0, 0, 0, 0, 0);
    }
    List<String> status = Files.readAllLines(folder.resolve("status"));
    String stat = Files.readString(folder.resolve("stat"));
    // The fields after the command's name, which ends with the last parenthesis; see proc(5).
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return new ProcessUsage(
        kilobytes(status, "VmRSS:"),
        kilobytes(status, "RssAnon:"),
        kilobytes(status, "VmHWM:"),
        Long.parseLong(fields[11]) / TICKS_PER_SECOND,
        Long.parseLong(fields[12]) / TICKS_PER_SECOND);
  }

  /** Makes the peak of a process start again at what is resident now. */
  public static void resetPeak(long pid) throws IOException {
    // See clear_refs in proc(5).
    Files.writeString(Path.of("/proc", Long.toString(pid), "clear_refs"), "5");
  }

  private static long kilobytes(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
