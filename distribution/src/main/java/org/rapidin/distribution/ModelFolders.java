package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes model directories readable for a node: below its config folder, as hard links where the
 * file system allows, otherwise as copies. Only configuration, tokenizers and safetensors are
 * taken.
 *
 * <p>Links are followed, and a model has the name of its folder or link, not of the link's target.
 * Models in the Hugging Face cache ({@code models--org--name/snapshots/<hash>}) are named {@code
 * org--name}.
 */
public final class ModelFolders {
  private static final String NAME = "[A-Za-z0-9._-]{1,128}";

  private final Path target;

  /**
   * @param target the node's models folder
   */
  public ModelFolders(Path target) {
    this.target = target;
  }

  /**
   * Adds every model directory below a folder, or the folder itself if it is one. A model that was
   * added before under the same name is replaced.
   *
   * @return the names of the models, sorted
   * @throws IllegalArgumentException if there is no model directory, if a link has no target or
   *     leads in a circle, if two models have one name, or if a name cannot be a model's; names it
   */
  public List<String> add(Path folder) throws IOException {
    requireTarget(folder);
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--models %s is not a folder".formatted(folder));
    }
    Map<String, Path> models = new TreeMap<>();
    for (Path model : find(folder)) {
      String name = name(model);
      Path other = models.put(name, model);
      if (other != null) {
        throw new IllegalArgumentException(
            "%s and %s are both called [%s]: rename one of them".formatted(other, model, name));
      }
    }
    if (models.isEmpty()) {
      throw new IllegalArgumentException(
          "--models %s contains no model directory: no folder in it has a config.json"
              .formatted(folder));
    }
    for (Map.Entry<String, Path> model : models.entrySet()) {
      ModelCopy.of(model.getValue()).placeIn(target.resolve(model.getKey()));
    }
    return List.copyOf(models.keySet());
  }

  private static List<Path> find(Path folder) throws IOException {
    if (isModel(folder)) {
      return List.of(folder);
    }
    if (HuggingFaceCache.isRepository(folder)) {
      return HuggingFaceCache.snapshot(folder).filter(ModelFolders::isModel).stream().toList();
    }
    List<Path> found = new ArrayList<>();
    for (Path child : children(folder)) {
      requireTarget(child);
      if (isModel(child)) {
        found.add(child);
      } else if (HuggingFaceCache.isRepository(child)) {
        HuggingFaceCache.snapshot(child).filter(ModelFolders::isModel).ifPresent(found::add);
      }
    }
    return found;
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }

  private static boolean isModel(Path folder) {
    Path config = folder.resolve("config.json");
    return Files.isRegularFile(config) || Files.isSymbolicLink(config);
  }

  private static String name(Path model) {
    Path folder = model.toAbsolutePath().normalize();
    String name =
        HuggingFaceCache.repository(folder).orElseGet(() -> folder.getFileName().toString());
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "[%s] cannot be the name of a model: rename the folder to letters, digits and . _ -"
              .formatted(name));
    }
    return name;
  }

  /** Refuses a link without a target. */
  static void requireTarget(Path path) throws IOException {
    if (Files.exists(path)) {
      return;
    }
    if (Files.isSymbolicLink(path)) {
      throw new IllegalArgumentException(
          "%s is a link to %s, which does not exist: restore the target or remove the link"
              .formatted(path, Files.readSymbolicLink(path)));
    }
    throw new IllegalArgumentException("%s does not exist".formatted(path));
  }
}
