package org.rapidin.benchmarks.gpu;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a folder that runs the benchmark without a JDK: a Java run-time image, the jars, and a
 * start script. The folder may be read-only, and anybody may use it.
 */
final class Bundle {
  private static final List<String> MODULES =
      List.of("java.base", "java.logging", "java.management", "jdk.incubator.vector");

  /** What the names of the jars begin with. */
  private static final List<String> JARS =
      List.of(
          "rapidin-benchmarks",
          "rapidin-gpu-scorer",
          "rapidin-attribution-",
          "jcuda",
          "jackson-",
          "picocli");

  private static final String RUN =
      """
      #!/bin/sh
      # Runs the benchmark with the arguments given; --help lists them.
      here=$(cd "$(dirname "$0")" && pwd)
      temporary=$(mktemp -d) || exit 1
      trap 'rm -rf "$temporary"' EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM
      # One device is measured.
      CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES:-0}
      export CUDA_VISIBLE_DEVICES
      "$here/jre/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \\
        -Djava.io.tmpdir="$temporary" -cp "$here/lib/*" org.rapidin.benchmarks.gpu.GpuBenchmark "$@"
      """;

  private Bundle() {}

  /**
   * Writes the folder.
   *
   * @param directory new or empty
   * @param out receives the size
   */
  static void write(Path directory, PrintStream out) throws IOException, InterruptedException {
    if (Files.exists(directory) && !isEmpty(directory)) {
      throw new IOException("[%s] is not empty".formatted(directory));
    }
    Path lib = Files.createDirectories(directory.resolve("lib"));
    for (Path jar : jars()) {
      Files.copy(jar, lib.resolve(jar.getFileName()));
    }
    link(directory.resolve("jre"));
    Path run = directory.resolve("run");
    Files.writeString(run, RUN);
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path root = Path.of(System.getProperty("rapidin.root", "."));
    for (String name : List.of("LICENSE", "NOTICE")) {
      Files.copy(root.resolve(name), directory.resolve(name));
    }
    out.printf("%s: %.1f MB; start it with %s%n", directory, bytes(directory) / 1e6, run);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> content = Files.list(directory)) {
      return content.findAny().isEmpty();
    }
  }

  private static List<Path> jars() throws IOException {
    List<Path> jars =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> isNeeded(path.getFileName().toString()))
            .toList();
    if (jars.size() < JARS.size()) {
      throw new IOException("a bundle is made of jars, the class path has only %s".formatted(jars));
    }
    return jars;
  }

  private static boolean isNeeded(String name) {
    return name.endsWith(".jar")
        && !name.endsWith("-tests.jar")
        && JARS.stream().anyMatch(name::startsWith);
  }

  private static void link(Path jre) throws IOException, InterruptedException {
    Process jlink =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
                "--add-modules",
                String.join(",", MODULES),
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--compress",
                "zip-6",
                "--output",
                jre.toString())
            .inheritIO()
            .start();
    if (jlink.waitFor() != 0) {
      throw new IOException("jlink made no run-time image, see above");
    }
  }

  private static long bytes(Path directory) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
