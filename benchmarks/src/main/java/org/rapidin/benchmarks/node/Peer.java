package org.rapidin.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Scripts that measure what a user would run instead of the plugin. They are not part of the
 * project: the environment variable {@value #FOLDER} names their folder, and without it nothing is
 * run.
 */
public final class Peer {
  private static final String FOLDER = "RAPIDIN_PEERS";
  private static final ObjectMapper JSON = new ObjectMapper();

  private Peer() {}

  /** Runs a Python script and passes its output on. */
  public static void run(String script, String... arguments)
      throws IOException, InterruptedException {
    Optional<ProcessBuilder> builder = builder(script, arguments);
    if (builder.isPresent()) {
      finish(script, builder.get().inheritIO().start());
    }
  }

  /**
   * Runs a Python script and returns the JSON objects that it prints, one a line.
   *
   * @return nothing if no folder of scripts is named
   */
  public static Optional<List<JsonNode>> read(String script, String... arguments)
      throws IOException, InterruptedException {
    Optional<ProcessBuilder> builder = builder(script, arguments);
    if (builder.isEmpty()) {
      return Optional.empty();
    }
    List<JsonNode> objects = new ArrayList<>();
    Process process = builder.get().redirectError(ProcessBuilder.Redirect.INHERIT).start();
    for (String line : process.inputReader().lines().toList()) {
      objects.add(JSON.readTree(line));
    }
    finish(script, process);
    return Optional.of(objects);
  }

  private static Optional<ProcessBuilder> builder(String script, String... arguments) {
    String folder = System.getenv(FOLDER);
    if (folder == null || folder.isBlank()) {
      System.out.printf("%s is not set: no peer is measured%n", FOLDER);
      return Optional.empty();
    }
    List<String> line = new ArrayList<>(List.of(python(), Path.of(folder, script).toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    // OpenBLAS 0.3.21 takes SSE3 kernels on processors that it does not know.
    builder.environment().putIfAbsent("OPENBLAS_CORETYPE", "SKYLAKEX");
    builder.environment().putIfAbsent("OMP_NUM_THREADS", "1");
    return Optional.of(builder);
  }

  /** The interpreter that the environment variable RAPIDIN_PYTHON names. */
  public static String python() {
    return Optional.ofNullable(System.getenv("RAPIDIN_PYTHON")).orElse("python3");
  }

  private static void finish(String script, Process process)
      throws IOException, InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("%s ended with status %d".formatted(script, status));
    }
  }
}
