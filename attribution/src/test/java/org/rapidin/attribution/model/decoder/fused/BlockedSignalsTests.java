package org.rapidin.attribution.model.decoder.fused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.rapidin.attribution.model.torch.TestRuntime;

@EnabledOnOs(OS.LINUX)
class BlockedSignalsTests {
  /** Bits of SIGSEGV, SIGBUS and SIGUSR2. */
  private static final long FAULTS = 1L << 11 - 1 | 1L << 7 - 1;

  private static final long USER = 1L << 12 - 1;

  private static long blocked() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
          .filter(line -> line.startsWith("SigBlk:"))
          .map(line -> Long.parseUnsignedLong(line.substring("SigBlk:".length()).strip(), 16))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void signalsButFaultsAreBlockedDuringTheWork() {
    long before = blocked();
    long during = BlockedSignals.during(BlockedSignalsTests::blocked);
    assertEquals(USER, during & USER);
    assertEquals(0, during & FAULTS);
    assertNotEquals(before, during);
    assertEquals(before, blocked());
  }

  @Test
  void theMaskIsRestoredIfTheWorkFails() {
    long before = blocked();
    assertThrows(
        IllegalStateException.class,
        () ->
            BlockedSignals.during(
                () -> {
                  throw new IllegalStateException("failed");
                }));
    assertEquals(before, blocked());
  }

  @Test
  void severalThreadsOfOneOperationDoNotUseOneDnn() {
    TestRuntime.get();
    int before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(2);
    try {
      assertEquals(Products.MKL, Products.of(Device.cpu()));
    } finally {
      JniUtils.setNumThreads(before);
    }
    assertEquals(Products.ofThisProcessor(), Products.of(Device.cpu()));
  }

  @Test
  void aProfilerDoesNotEndTheProcess() throws Exception {
    TestRuntime.get(); // extracts
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Dai.djl.offline=true",
            "-DOPT_OUT_TRACKING=true",
            "-cp",
            System.getProperty("java.class.path"),
            ProfiledProducts.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }
}
