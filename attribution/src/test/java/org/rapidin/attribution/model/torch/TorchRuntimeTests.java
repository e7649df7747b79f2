package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.gpu.NoexecDirectory;

/** What concerns a whole process is tried in separate processes. */
class TorchRuntimeTests {
  @TempDir Path folder;

  /** Starts a runtime in a separate process and prints the result. */
  public static final class Child {
    private Child() {}

    /**
     * @param args cache directory, libtorch directory or "-", and perhaps a file to map before, or
     *     a device
     */
    public static void main(String[] args) throws Exception {
      Optional<Path> libtorch =
          args[1].equals("-") ? Optional.empty() : Optional.of(Path.of(args[1]));
      boolean maps = args.length == 3 && args[2].startsWith("/");
      MemorySegment other = maps ? map(Path.of(args[2])) : MemorySegment.NULL;
      DeviceChoice choice =
          args.length == 3 && !maps ? new DeviceChoice(args[2]) : DeviceChoice.AUTO;
      Properties before = (Properties) System.getProperties().clone();
      ClassLoader foreign = new URLClassLoader(new URL[0], null);
      Thread.currentThread().setContextClassLoader(foreign);
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          TorchRuntime runtime = TorchRuntime.start(Path.of(args[0]), libtorch, 1, choice);
          System.out.println(runtime.device());
          System.out.println("threads " + JniUtils.getNumThreads());
          try (NDManager manager = runtime.newManager()) {
            System.out.println("sum " + manager.ones(new Shape(3)).sum().getFloat());
          }
        } catch (ModelUnavailableException e) {
          System.out.println("unavailable: " + e.getMessage());
        }
      }
      Properties after = System.getProperties();
      before.keySet().removeIf(key -> key.toString().startsWith("java."));
      System.out.println("other library has bytes " + other.byteSize());
      System.out.println("properties kept " + after.entrySet().containsAll(before.entrySet()));
      System.out.println("cache kept out " + (after.getProperty("DJL_CACHE_DIR") == null));
      System.out.println(
          "loader kept " + foreign.equals(Thread.currentThread().getContextClassLoader()));
    }
  }

  private static MemorySegment map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.global());
    }
  }

  private static String run(Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    return run(System.getProperty("java.class.path"), environment, args);
  }

  private static String run(String classPath, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    return run(command(classPath, args), environment);
  }

  private static List<String> command(String classPath, String... args) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>();
    Collections.addAll(command, java, "-Xmx256m", "--enable-native-access=ALL-UNNAMED");
    Collections.addAll(command, "-cp", classPath, Child.class.getName());
    Collections.addAll(command, args);
    return command;
  }

  private static String run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static String sharedCache() {
    TestRuntime.get(); // extracts
    return Path.of(System.getProperty("user.home"), ".djl.ai").toString();
  }

  @Test
  void aProcessHasOneRuntime() {
    TorchRuntime first = TestRuntime.get();
    assertSame(first, TorchRuntime.start(folder, Optional.of(folder), 7));
  }

  @Test
  void leavesTheProcessAsItWas() throws Exception {
    String output = run(Map.of(), sharedCache(), "-");
    assertTrue(output.contains("sum 3.0"), output);
    assertTrue(output.contains("threads 1"), "as many as were asked for: " + output);
    assertTrue(output.contains("cpu, reason=auto: this libtorch has no CUDA"), output);
    assertTrue(output.contains("properties kept true"), output);
    assertTrue(output.contains("cache kept out true"), output);
    assertTrue(output.contains("loader kept true"), output);
  }

  private Path libtorch() throws IOException {
    Path libtorch = Files.createDirectory(folder.resolve("libtorch"));
    String cache = sharedCache();
    try (Stream<Path> found = Files.walk(Path.of(cache, "pytorch"))) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString().replaceFirst("^[0-9.]+-lib", "lib");
        Files.createSymbolicLink(libtorch.resolve(name), file);
      }
    }
    return libtorch;
  }

  @Test
  void loadsFromADirectoryOfLibraries() throws Exception {
    String output = run(withoutNatives(), Map.of(), folder.toString(), libtorch().toString());
    assertTrue(output.contains("sum 3.0"), output);
  }

  /** A tokenizer's library comes in a jar, and has to be extracted. */
  @Test
  void saysThatTheCacheMustAllowExecutableFiles() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    List<String> command = command(withoutNatives(), cache.toString(), libtorch().toString());
    String output = run(NoexecDirectory.wrap(cache, command), Map.of());
    assertTrue(output.contains("unavailable: PyTorch could not be loaded: "), output);
    assertTrue(output.contains(cache + "/tokenizers/"), output);
    assertTrue(output.contains("(its folder must allow executable files)"), output);
  }

  /** As {@link #saysThatTheCacheMustAllowExecutableFiles}, where nothing can be mounted. */
  @Test
  void aLibraryThatCannotBeMappedNeedsAnotherFolder() {
    UnsatisfiedLinkError noexec =
        new UnsatisfiedLinkError("/a.so: failed to map segment from shared object");
    assertEquals(
        noexec + " (its folder must allow executable files)",
        TorchRuntime.reason(new EngineException("not loaded", noexec)));
    UnsatisfiedLinkError other = new UnsatisfiedLinkError("/a.so: undefined symbol: b");
    assertEquals(other.toString(), TorchRuntime.reason(new EngineException("not loaded", other)));
  }

  @Test
  void refusesToBeTheSecondLibtorchOfAProcess() throws Exception {
    Path other = Files.write(folder.resolve("libtorch_cpu.so"), new byte[100]);
    String output = run(Map.of(), sharedCache(), "-", other.toString());
    assertTrue(output.contains("unavailable: another libtorch is loaded"), output);
    assertTrue(output.contains("from " + other), output);
  }

  @Test
  void refusesADeviceThatIsNotThere() throws Exception {
    String output = run(Map.of(), sharedCache(), "-", "cuda:0");
    String refusal = "unavailable: device cuda:0 cannot be used: this libtorch has no CUDA";
    assertEquals(2, output.split(refusal, -1).length - 1, output);
  }

  private static String withoutNatives() {
    List<String> kept =
        Stream.of(System.getProperty("java.class.path").split(":"))
            .filter(entry -> !entry.contains("pytorch-native-cpu"))
            .toList();
    return String.join(":", kept);
  }

  @Test
  void saysWhyItCannotStartAndSaysItAgain() throws Exception {
    String none = run(withoutNatives(), Map.of(), folder.toString(), "-");
    assertEquals(2, none.split("unavailable: PyTorch could not be loaded", -1).length - 1, none);
    String empty = run(Map.of(), folder.toString(), folder.toString());
    assertTrue(empty.contains("unavailable: there is no libtorch_cpu.so in " + folder), empty);
    String environment = run(Map.of("PYTORCH_VERSION", "1.0"), folder.toString(), "-");
    assertTrue(environment.contains("environment variable PYTORCH_VERSION=1.0"), environment);
    assertTrue(environment.contains("loader kept true"), environment);
  }
}
