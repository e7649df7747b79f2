package org.rapidin.benchmarks.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.distribution.Main;

/** Builds the plugin zip twice, in two folders and two time zones. */
record TwoBuilds() implements FaultRun {

  @Override
  public int row() {
    return 66;
  }

  @Override
  public String description() {
    return "two clean builds: identical bytes";
  }

  @Override
  public String run() throws Exception {
    Path first = build("first", "UTC");
    Path second = build("second", "Asia/Tokyo");
    long difference = Files.mismatch(first, second);
    FaultRun.require(difference < 0, "%s and %s differ at byte %d", first, second, difference);
    return "%d bytes".formatted(Files.size(first));
  }

  private static Path build(String name, String zone) throws IOException, InterruptedException {
    Path folder = BenchNode.files().resolve("build-" + name);
    delete(folder);
    run(Main.root(), zone, "git", "clone", "--quiet", ".", folder.toString());
    run(
        folder,
        zone,
        "mvn",
        "-o",
        "-B",
        "-ntp",
        "-q",
        "-DskipTests",
        "package",
        "-pl",
        "plugin",
        "-am");
    try (Stream<Path> files = Files.list(folder.resolve("plugin/target"))) {
      return files.filter(file -> file.toString().endsWith(".zip")).findFirst().orElseThrow();
    }
  }

  private static void run(Path folder, String zone, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("TZ", zone);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    FaultRun.require(status == 0, "%s ended with status %d: %s", List.of(command), status, output);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path old : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(old);
      }
    }
  }
}
