package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the files of a model in the layout of the Hugging Face cache, where {@code
 * models--org--name} has {@code snapshots/<revision>} with links to {@code blobs}, and {@code
 * refs/main} names a revision.
 */
final class ModelSnapshot {
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final int MAX_REF_BYTES = 1024;

  private ModelSnapshot() {}

  /**
   * The directory that holds a model's files: the given one, or a snapshot in it.
   *
   * @param file that must be there, such as config.json
   * @throws IllegalArgumentException if there are several snapshots and {@code refs/main} names
   *     none of them
   */
  static Path directory(Path model, String file) throws IOException {
    Path snapshots = model.resolve("snapshots");
    if (Files.exists(model.resolve(file)) || !Files.isDirectory(snapshots)) {
      return model;
    }
    Path main = model.resolve("refs").resolve("main");
    if (Files.isRegularFile(main) && Files.size(main) <= MAX_REF_BYTES) {
      String revision = Files.readString(main).strip();
      if (REVISION.matcher(revision).matches() && Files.isDirectory(snapshots.resolve(revision))) {
        return snapshots.resolve(revision);
      }
    }
    List<Path> all;
    try (Stream<Path> children = Files.list(snapshots)) {
      all = children.filter(Files::isDirectory).sorted().toList();
    }
    if (all.size() > 1) {
      throw new IllegalArgumentException(
          "%s has %s snapshots and refs/main names none of them: link the one to use into the models directory"
              .formatted(model.getFileName(), all.size()));
    }
    return all.isEmpty() ? model : all.getFirst();
  }
}
