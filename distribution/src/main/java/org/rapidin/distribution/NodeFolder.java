package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The folder of one node: {@code config}, {@code data}, {@code logs}, {@code tmp} and the log of
 * its process.
 *
 * @param path absolute
 */
record NodeFolder(Path path) {
  private static final int TAIL_LINES = 30;

  Path config() {
    return path.resolve("config");
  }

  Path data() {
    return path.resolve("data");
  }

  Path logs() {
    return path.resolve("logs");
  }

  Path tmp() {
    return path.resolve("tmp");
  }

  /** What the process printed. */
  Path log() {
    return path.resolve("node.log");
  }

  /**
   * Creates the folders and writes the configuration.
   *
   * @param home the assembled OpenSearch home
   * @param settings lines of opensearch.yml
   */
  void prepare(Path home, Map<String, String> settings) throws IOException {
    for (Path folder : List.of(data(), logs(), tmp(), config())) {
      Files.createDirectories(folder);
    }
    Files.copy(
        home.resolve("config/log4j2.properties"),
        config().resolve("log4j2.properties"),
        StandardCopyOption.REPLACE_EXISTING);
    List<String> lines = new ArrayList<>();
    settings.forEach((name, value) -> lines.add(name + ": " + value));
    Files.write(config().resolve("opensearch.yml"), lines);
  }

  /** The last lines of the log, or why they cannot be read. */
  String tail() {
    try {
      List<String> lines = Files.readAllLines(log());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "(%s)".formatted(unreadable);
    }
  }
}
