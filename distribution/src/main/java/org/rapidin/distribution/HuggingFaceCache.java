package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The layout of the Hugging Face cache: {@code models--org--name/snapshots/<hash>/} holds links to
 * {@code models--org--name/blobs/}, and {@code models--org--name/refs/main} holds the hash of the
 * snapshot that was downloaded last.
 */
final class HuggingFaceCache {
  private static final String PREFIX = "models--";
  private static final String SNAPSHOTS = "snapshots";

  private HuggingFaceCache() {}

  /** Whether a folder is a repository of models in a cache. */
  static boolean isRepository(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name != null
        && name.toString().startsWith(PREFIX)
        && Files.isDirectory(folder.resolve(SNAPSHOTS));
  }

  /**
   * The snapshot that {@code refs/main} names, otherwise the only one.
   *
   * @throws IllegalArgumentException if there are several and none is named
   */
  static Optional<Path> snapshot(Path repository) throws IOException {
    Path main = repository.resolve("refs").resolve("main");
    if (Files.isRegularFile(main)) {
      Path named = repository.resolve(SNAPSHOTS).resolve(Files.readString(main).strip());
      if (Files.isDirectory(named)) {
        return Optional.of(named);
      }
    }
    List<Path> all;
    try (Stream<Path> children = Files.list(repository.resolve(SNAPSHOTS))) {
      all = children.filter(Files::isDirectory).sorted().toList();
    }
    if (all.size() > 1) {
      throw new IllegalArgumentException(
          "%s has %d snapshots and refs/main names none of them: use --models %s"
              .formatted(repository, all.size(), all.getFirst()));
    }
    return all.stream().findFirst();
  }

  /**
   * The name of the repository that a snapshot is from.
   *
   * @param folder absolute and normalized
   * @return {@code org--name}, or empty if the folder is not a snapshot in a cache
   */
  static Optional<String> repository(Path folder) {
    Path snapshots = folder.getParent();
    if (snapshots == null || !snapshots.endsWith(SNAPSHOTS) || snapshots.getParent() == null) {
      return Optional.empty();
    }
    Path repository = snapshots.getParent().getFileName();
    return Optional.ofNullable(repository)
        .map(Path::toString)
        .filter(name -> name.startsWith(PREFIX))
        .map(name -> name.substring(PREFIX.length()));
  }
}
