package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The resident memory of a JVM by kind.
 *
 * @param heapBytes pages of the Java heap that were ever written to: garbage and free regions too,
 *     because G1 with {@code -Xms} equal to {@code -Xmx} gives nothing back to the kernel
 * @param nativeBytes other memory that no file is mapped to: libtorch, threads, the JVM's own
 * @param fileBytes mapped files: libraries, and an index as far as it is in the page cache
 */
public record ResidentMemory(long heapBytes, long nativeBytes, long fileBytes) {
  private static final Pattern MAPPING =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) \\S+ \\S+ \\S+ (\\d+).*");

  /** Reads what is resident now. */
  public static ResidentMemory of(long pid, JavaHeap heap) throws IOException {
    return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps")), heap);
  }

  /** Adds up the lines of {@code /proc/PID/smaps}; see proc(5). */
  static ResidentMemory parse(List<String> lines, JavaHeap heap) {
    long heapBytes = 0;
    long anonymous = 0;
    long resident = 0;
    boolean inHeap = false;
    for (String line : lines) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        long from = Long.parseUnsignedLong(mapping.group(1), 16);
        inHeap = from >= heap.from() && from < heap.to();
      } else if (line.startsWith("Rss:")) {
        resident += kilobytes(line);
        heapBytes += inHeap ? kilobytes(line) : 0;
      } else if (line.startsWith("Anonymous:")) {
        anonymous += kilobytes(line);
      }
    }
    return new ResidentMemory(heapBytes, anonymous - heapBytes, resident - anonymous);
  }

  private static long kilobytes(String line) {
    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
  }

  /**
   * Without mapped files, and as if all of the heap were resident, so that it does not grow while
   * G1 takes regions into use for the first time.
   */
  public long withWhole(JavaHeap heap) {
    return nativeBytes + heap.to() - heap.from();
  }

  /** All kinds together. */
  public long bytes() {
    return heapBytes + nativeBytes + fileBytes;
  }
}
