package org.rapidin.benchmarks.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.rapidin.distribution.Main;

/** Lucene's CheckIndex on the data of a node that does not run. */
final class ShardCheck {
  private ShardCheck() {}

  /**
   * Checks the first shard below a folder.
   *
   * @throws FaultRun.FaultException with what CheckIndex prints, if it finds a fault
   */
  static void requireClean(Path data) throws IOException, InterruptedException {
    Path home = Main.home();
    Process check =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-modules=jdk.incubator.vector",
                    "-ea:org.apache.lucene...",
                    "-cp",
                    home.resolve("lib") + "/*:" + home.resolve("plugins/rapidin") + "/*",
                    "org.apache.lucene.index.CheckIndex",
                    shard(data).toString(),
                    "-level",
                    "3"))
            .redirectErrorStream(true)
            .start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = check.waitFor();
    FaultRun.require(
        status == 0 && output.contains("No problems were detected"), "CheckIndex: %s", output);
  }

  private static Path shard(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files
          .filter(path -> path.endsWith("0/index"))
          .findFirst()
          .orElseThrow(() -> new IOException("no shard in the data folder"));
    }
  }
}
