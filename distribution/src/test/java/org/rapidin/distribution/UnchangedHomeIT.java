package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node only reads its home, so that any user can start one from an installation of root's. */
class UnchangedHomeIT {

  @Test
  void aNodeWritesNothingIntoItsHome(@TempDir Path work) throws Exception {
    Path home = work.resolve("home");
    copy(TestNode.assembledHome().toRealPath(), home);
    Map<String, Long> before = files(home);
    try (TestNode node = TestNode.start(home, work.resolve("node"), "512m", Map.of())) {
      node.createDemoIndex();
    }
    assertEquals(before, files(home));
  }

  /** Copies folders as they were assembled; files, of which a node writes none, become links. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path copied = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copied);
        } else {
          Files.createLink(copied, path);
        }
      }
    }
  }

  /** The size of each file, and 0 for a folder, by path. */
  private static Map<String, Long> files(Path home) throws IOException {
    Map<String, Long> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(home)) {
      for (Path path : paths.toList()) {
        String name = home.relativize(path).toString();
        files.put(name, Files.isDirectory(path) ? 0L : Files.size(path));
      }
    }
    return files;
  }
}
