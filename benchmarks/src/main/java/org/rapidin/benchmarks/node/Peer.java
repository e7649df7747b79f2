package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Scripts that measure what a user would run instead of the plugin. They are not part of the
 * project: the environment variable {@value #FOLDER} names their folder, and without it nothing is
 * run.
 */
public final class Peer {
  private static final String FOLDER = "RAPIDIN_PEERS";

  private Peer() {}

  /** Runs a Python script and passes its output on. */
  public static void run(String script, String... arguments)
      throws IOException, InterruptedException {
    String folder = System.getenv(FOLDER);
    if (folder == null || folder.isBlank()) {
      System.out.printf("%s is not set: no peer is measured%n", FOLDER);
      return;
    }
    List<String> line = new ArrayList<>(List.of("python3", Path.of(folder, script).toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
    // OpenBLAS 0.3.21 takes SSE3 kernels on processors that it does not know.
    builder.environment().putIfAbsent("OPENBLAS_CORETYPE", "SKYLAKEX");
    builder.environment().putIfAbsent("OMP_NUM_THREADS", "1");
    int status = builder.start().waitFor();
    if (status != 0) {
      throw new IOException("%s ended with status %d".formatted(script, status));
    }
  }
}
