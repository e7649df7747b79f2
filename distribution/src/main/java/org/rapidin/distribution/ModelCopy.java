package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a model directory that a node needs.
 *
 * @param files real path of each file by its path below the model directory
 */
record ModelCopy(Map<Path, Path> files) {
  ModelCopy {
    files = Map.copyOf(files);
  }

  /**
   * Finds the files of a model directory, following links.
   *
   * @throws IllegalArgumentException if a link has no target or leads to a folder above it; names
   *     it
   */
  static ModelCopy of(Path model) throws IOException {
    Map<Path, Path> files = new TreeMap<>();
    Files.walkFileTree(
        model,
        Set.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            ModelFolders.requireTarget(file);
            if (isNeeded(file.getFileName().toString())) {
              files.put(model.relativize(file), file.toRealPath());
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof FileSystemLoopException) {
              throw new IllegalArgumentException(
                  "%s links to a folder that contains it: remove the link".formatted(file));
            }
            throw failure;
          }
        });
    return new ModelCopy(files);
  }

  private static boolean isNeeded(String name) {
    return name.endsWith(".json") || name.endsWith(".safetensors");
  }

  /** Makes a folder hold exactly these files; one that holds them already is not written again. */
  void placeIn(Path folder) throws IOException {
    removeOthers(folder);
    for (Map.Entry<Path, Path> file : files.entrySet()) {
      place(file.getValue(), folder.resolve(file.getKey()));
    }
  }

  private void removeOthers(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path old : all.sorted(Comparator.reverseOrder()).toList()) {
        Path name = folder.relativize(old);
        if (Files.isDirectory(old) ? isEmpty(old) : !files.containsKey(name)) {
          Files.delete(old);
        }
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }

  private static void place(Path file, Path link) throws IOException {
    Files.createDirectories(link.getParent());
    if (Files.exists(link) && (Files.isSameFile(file, link) || isCopy(file, link))) {
      return;
    }
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, file);
    } catch (UnsupportedOperationException | IOException otherFileSystem) {
      Files.copy(file, link, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static boolean isCopy(Path file, Path copy) throws IOException {
    return Files.size(file) == Files.size(copy)
        && Files.getLastModifiedTime(file).equals(Files.getLastModifiedTime(copy));
  }
}
