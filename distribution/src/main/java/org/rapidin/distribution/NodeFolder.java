package org.rapidin.distribution;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
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
  private static final int TAIL_BYTES = 1 << 16;

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

  /** The last lines of the log, or why they cannot be read. Bytes that are not UTF-8 are marked. */
  String tail() {
    try (RandomAccessFile file = new RandomAccessFile(log().toFile(), "r")) {
      byte[] end = new byte[(int) Math.min(TAIL_BYTES, file.length())];
      file.seek(file.length() - end.length);
      file.readFully(end);
      List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "(%s)".formatted(unreadable);
    }
  }
}
