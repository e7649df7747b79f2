package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Puts model directories where a node may read them: below its config folder, as hard links where
 * the file system allows, else as copies. Nothing but configuration, tokenizers and safetensors.
 */
final class ModelFolders {
  private final Path target;

  /**
   * @param target the node's models folder
   */
  ModelFolders(Path target) {
    this.target = target;
  }

  /**
   * Adds every model directory below a folder, or the folder itself if it is one.
   *
   * @throws IllegalArgumentException if there is no model directory
   */
  void add(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--models " + folder + " is not a folder");
    }
    List<Path> found;
    if (isModel(folder)) {
      found = List.of(folder);
    } else {
      try (Stream<Path> children = Files.list(folder)) {
        found = children.filter(ModelFolders::isModel).sorted().toList();
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "--models " + folder + " holds no model directory: none has a config.json");
    }
    for (Path model : found) {
      link(model.toRealPath(), target.resolve(model.toRealPath().getFileName()));
    }
  }

  private static boolean isModel(Path folder) {
    return Files.isRegularFile(folder.resolve("config.json"));
  }

  private static void link(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = file.getFileName().toString();
            if (name.endsWith(".json") || name.endsWith(".safetensors")) {
              place(file.toRealPath(), to.resolve(from.relativize(file).toString()));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void place(Path file, Path link) throws IOException {
    Files.createDirectories(link.getParent());
    if (Files.exists(link) && Files.isSameFile(file, link)) {
      return;
    }
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, file);
    } catch (UnsupportedOperationException | IOException otherFileSystem) {
      Files.copy(file, link, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
