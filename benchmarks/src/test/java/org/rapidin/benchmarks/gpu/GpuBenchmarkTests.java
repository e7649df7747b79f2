package org.rapidin.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GpuBenchmarkTests {
  private final StringWriter err = new StringWriter();
  private final CommandLine line = new CommandLine(new GpuBenchmark()).setErr(new PrintWriter(err));

  @Test
  void withoutADriverItSaysSoInOneLine(@TempDir Path directory) {
    Assumptions.assumeFalse(hasDriver(), "this machine has a CUDA driver");
    Path json = directory.resolve("gpu.json");
    assertEquals(2, line.execute("--json", json.toString()));
    assertEquals(
        "There is no GPU to measure: no CUDA driver: libcuda.so.1 was not found",
        err.toString().strip());
    assertTrue(Files.notExists(json));
  }

  private static boolean hasDriver() {
    try {
      SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
      return true;
    } catch (IllegalArgumentException absent) {
      return false;
    }
  }

  @Test
  void aBundleIsNotWrittenIntoAFullFolder(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("mine"));
    assertEquals(1, line.execute("--bundle", directory.toString()));
    assertTrue(err.toString().contains("is not empty"), err.toString());
  }
}
