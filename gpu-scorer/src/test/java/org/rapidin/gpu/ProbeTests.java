package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ScanEngine;

/** A device that cannot be used is a reason, never an exception or the end of the process. */
class ProbeTests {
  private static final int NO_DEVICE = 100;
  private static final int UNSUPPORTED_PTX = 222;
  private static final int NOT_FOUND = 500;

  @TempDir Path directory;

  @BeforeEach
  void reset() {
    FakeCuda.reset();
  }

  private static String reason() {
    List<String> log = new ArrayList<>();
    try (GpuScanEngine engine =
        new GpuScanEngine(new CpuScanEngine(), GpuSettings.DEFAULT, log::add)) {
      engine.probe();
      GpuStats stats = engine.stats();
      assertEquals(State.DISABLED, stats.state());
      assertEquals(List.of("GPU scoring is off: " + stats.reason()), log);
      assertEquals(0, FakeCuda.live());
      return stats.reason();
    }
  }

  private static void assertContains(String part, String text) {
    assertTrue(text.contains(part), text);
  }

  @Test
  void withoutADriverNothingOfJcudaIsLoaded() throws IOException {
    Assumptions.assumeTrue(
        Stream.of("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
            .noneMatch(path -> Files.exists(Path.of(path, "libcuda.so.1"))),
        "this machine has a driver");
    String output = ProbeProcess.run(directory.toString(), "-Xlog:class+load");
    assertContains("GPU scoring is off: no CUDA driver: libcuda.so.1 was not found", output);
    assertFalse(output.contains("jcuda.driver.JCudaDriver source"), output);
  }

  @Test
  void aDriverThatLacksAFunctionIsAReason() throws Exception {
    Path source =
        Files.writeString(directory.resolve("old.cpp"), "extern \"C\" int cuInit() {return 0;}");
    Path library = directory.resolve("libcuda.so.1");
    Process compiler =
        new ProcessBuilder("g++", "-shared", "-fPIC", source.toString(), "-o", library.toString())
            .start();
    assertEquals(0, compiler.waitFor());
    String output = ProbeProcess.run(directory.toString());
    assertContains(
        "off: the CUDA driver is too old or broken: it lacks [cuDriverGetVersion", output);
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsAReason() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    String output =
        ProbeProcess.run(FakeCuda.directory(), "-Djava.io.tmpdir=" + file.resolve("below"));
    assertContains("GPU scoring is off: ", output);
    assertContains("java.io.tmpdir", output);
    assertContains("DISABLED", output);
  }

  @Test
  void aDirectoryWithoutExecutableFilesIsAReason() throws IOException {
    String output = ProbeProcess.runWithoutExecutableFiles(FakeCuda.directory(), directory);
    assertContains("GPU scoring is off: cannot load " + directory, output);
    assertContains("java.io.tmpdir must allow executable files", output);
    assertContains("DISABLED", output);
  }

  /** As {@link #aDirectoryWithoutExecutableFilesIsAReason}, where nothing can be mounted. */
  @Test
  void aLibraryThatCannotBeMappedIsAReason() {
    UnsatisfiedLinkError e =
        assertThrows(
            UnsatisfiedLinkError.class,
            () ->
                JcudaLibrary.load(
                    directory,
                    file -> {
                      throw new UnsatisfiedLinkError(
                          file + ": failed to map segment from shared object");
                    }));
    assertContains("cannot load " + directory, e.getMessage());
    assertContains("java.io.tmpdir must allow executable files", e.getMessage());
    assertContains("failed to map segment", e.getMessage());
  }

  /** JCuda itself would load it, which crashes the process. */
  @Test
  void halfALibraryInTheDirectoryIsReplaced() throws IOException {
    Path library = JcudaLibrary.extract(directory);
    byte[] whole = Files.readAllBytes(library);
    Files.write(library, java.util.Arrays.copyOf(whole, whole.length / 2));
    String output = ProbeProcess.run(FakeCuda.directory(), "-Djava.io.tmpdir=" + directory);
    assertContains("GPU scoring uses [Fake device 0], CUDA 13.0", output);
    assertEquals(whole.length, Files.size(library));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(1, files.filter(file -> file.toString().contains("JCuda")).count());
    }
  }

  @Test
  void aDriverWithoutDevicesIsAReason() {
    FakeCuda.fail("cuInit", 0, NO_DEVICE, 1);
    assertEquals("cuInit failed: CUDA_ERROR_NO_DEVICE", reason());
    FakeCuda.reset(0, FakeCuda.CAPACITY);
    assertEquals("the driver has no device", reason());
  }

  @Test
  void anOldDriverIsAReason() {
    FakeCuda.driver(11080, 90);
    assertEquals("the driver is too old: CUDA 11.8, 12.0 is needed", reason());
  }

  @Test
  void anOldDeviceIsAReason() {
    FakeCuda.driver(12040, 75);
    assertEquals("device 0: Fake device 0 has compute capability 7.5, 8.0 is needed", reason());
  }

  @Test
  void kernelsThatTheDriverRefusesAreAReason() {
    FakeCuda.fail("cuModuleLoadData", 0, UNSUPPORTED_PTX, 1);
    assertContains("the driver is too old for the kernels", reason());
    FakeCuda.fail("cuModuleGetFunction", 3, NOT_FOUND, 1);
    assertContains("CUDA_ERROR_NOT_FOUND", reason());
  }

  @Test
  void aDeviceThatCannotBeOpenedDoesNotKeepTheOthersFromUse() {
    FakeCuda.reset(3, FakeCuda.CAPACITY);
    FakeCuda.fail("cuDevicePrimaryCtxRetain", 1, NO_DEVICE, 1);
    try (GpuScanEngine engine = DeviceScanTests.engine(GpuSettings.DEFAULT)) {
      assertEquals(2, engine.stats().devices().size());
    }
  }

  /** As with two plugins that have JCuda in one node. */
  @Test
  void aLibraryThatAnotherClassLoaderHasIsAReason() throws Exception {
    DeviceScanTests.engine(GpuSettings.DEFAULT).close();
    URL[] path =
        Stream.of(System.getProperty("java.class.path").split(":"))
            .map(ProbeTests::url)
            .toArray(URL[]::new);
    try (URLClassLoader other = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
      Class<?> type = other.loadClass(GpuScanEngine.class.getName());
      Class<?> settings = other.loadClass(GpuSettings.class.getName());
      Object cpu = other.loadClass(CpuScanEngine.class.getName()).getConstructor().newInstance();
      List<String> log = new ArrayList<>();
      Consumer<String> line = log::add;
      Object engine =
          type.getConstructor(other.loadClass(ScanEngine.class.getName()), settings, Consumer.class)
              .newInstance(cpu, settings.getField("DEFAULT").get(null), line);
      type.getMethod("probe").invoke(engine);
      assertContains(
          "GPU scoring is off: another plugin of this process has loaded JCuda's library",
          log.get(0));
    }
  }

  private static URL url(String path) {
    try {
      return Path.of(path).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(URI.create(path).toString(), e);
    }
  }
}
