package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PTX that is loaded is that of the source, which nothing else shows. */
class PtxTests {
  private static final Path SCRIPT = Path.of("src/main/cuda/compile.sh");

  @Test
  void thePtxIsWhatTheKernelsCompileTo(@TempDir Path directory) throws Exception {
    String stored = stored();
    String version = run(directory, "nvcc", "--version");
    // Another compiler gives other code for the same source.
    assumeTrue(version.contains(release(stored)), "nvcc of the stored PTX is not installed");
    Path compiled = directory.resolve("kernels.ptx");
    String output = run(directory, "bash", SCRIPT.toAbsolutePath().toString(), compiled.toString());
    assertTrue(Files.exists(compiled), output);
    assertEquals(
        stored, Files.readString(compiled), "run gpu-scorer/%s and commit".formatted(SCRIPT));
  }

  private static String stored() throws IOException {
    try (InputStream in = PtxTests.class.getResourceAsStream("kernels.ptx")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** Returns such as {@code V13.0.88}. */
  private static String release(String ptx) {
    String line =
        ptx.lines().filter(text -> text.contains("compilation tools")).findFirst().orElseThrow();
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  /** Returns what a command prints; nothing if it is not installed. */
  private static String run(Path directory, String... command) throws Exception {
    Path output = directory.resolve("output");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException absent) {
      return "";
    }
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "%s does not end".formatted(command[0]));
    return Files.readString(output);
  }
}
