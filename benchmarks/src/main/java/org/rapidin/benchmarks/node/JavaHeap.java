package org.rapidin.benchmarks.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the heap of a running JVM is in its address space, as {@code jcmd} of this JDK reports it.
 *
 * @param from first address
 * @param to first address behind it
 */
public record JavaHeap(long from, long to) {
  private static final Pattern RANGE =
      Pattern.compile("garbage-first heap.*\\[0x([0-9a-f]+), 0x([0-9a-f]+)\\)");

  /** Asks a JVM, which must use G1, as OpenSearch's does. */
  public static JavaHeap of(long pid) throws IOException, InterruptedException {
    String answer = jcmd(pid, "GC.heap_info");
    Matcher range = RANGE.matcher(answer);
    if (!range.find()) {
      throw new IOException("no heap in jcmd's answer: %s".formatted(answer));
    }
    return new JavaHeap(address(range.group(1)), address(range.group(2)));
  }

  private static long address(String hexadecimal) {
    return Long.parseUnsignedLong(hexadecimal, 16);
  }

  /** Collects a JVM's garbage. */
  public static void collect(long pid) throws IOException, InterruptedException {
    jcmd(pid, "GC.run");
  }

  private static String jcmd(long pid, String command) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), command)
            .redirectErrorStream(true)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("jcmd ended with status %d: %s".formatted(status, answer));
    }
    return answer;
  }
}
