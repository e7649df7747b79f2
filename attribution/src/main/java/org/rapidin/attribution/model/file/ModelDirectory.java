package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.rapidin.attribution.ModelUnavailableException;

/**
 * A model's files: {@code config.json}, {@code tokenizer.json}, {@code model.safetensors} (or
 * shards with {@code model.safetensors.index.json}), per adapter a directory with {@code
 * adapter_config.json} and {@code adapter_model.safetensors}, and {@code exp_avg_sq.safetensors},
 * the {@link SecondMoments} of the training, where they are wanted. Nothing else in it is ever
 * opened: other formats of weights can carry code.
 */
public final class ModelDirectory {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Pattern PICKLE = Pattern.compile(".*\\.(bin|pt|pth|pkl|ckpt)");
  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String SAFETENSORS = ".safetensors";
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String ADAPTER_CONFIG = "adapter_config.json";
  private static final String ADAPTER_WEIGHTS = "adapter_model.safetensors";

  private final String id;
  private final Path root;
  private final Path directory;

  private ModelDirectory(String id, Path root, Path directory) {
    this.id = id;
    this.root = root;
    this.directory = directory;
  }

  /**
   * Finds a model.
   *
   * @param modelsRoot the directory that holds one directory per model
   * @param id the model's directory name
   * @throws IllegalArgumentException if the id is not a plain name, or leads out of the root
   * @throws ModelUnavailableException if this node has no such directory
   */
  public static ModelDirectory open(Path modelsRoot, String id) throws IOException {
    requireName("model", id);
    if (!Files.isDirectory(modelsRoot.resolve(id))) {
      throw new ModelUnavailableException(
          "there is no model [%s] on this node: copy its directory into the node's models directory"
              .formatted(id));
    }
    Path root = modelsRoot.toRealPath();
    Path directory = ModelSnapshot.directory(root.resolve(id), CONFIG);
    return new ModelDirectory(id, root, below(root, directory));
  }

  /**
   * Ids of the directories below the root that hold a config.json, or a snapshot that does; empty
   * if there is no root.
   */
  public static List<String> list(Path modelsRoot) throws IOException {
    return directories(modelsRoot, child -> ModelSnapshot.directory(child, CONFIG).resolve(CONFIG));
  }

  /** Reads the model's configuration, which the decoder package interprets. */
  public JsonObject config() throws IOException {
    return JsonObject.read(file(CONFIG));
  }

  /** Path of the model's tokenizer.json. */
  public Path tokenizer() {
    return file(TOKENIZER);
  }

  /** Checks the form of the model's tokenizer; see {@link TokenizerFile#read}. */
  public void requireTokenizer() throws IOException {
    TokenizerFile.read(file(TOKENIZER));
  }

  /** Opens and checks the model's weights; the caller closes them. */
  public TensorSource openWeights() throws IOException {
    if (!Files.exists(directory.resolve(WEIGHTS)) && Files.exists(directory.resolve(INDEX))) {
      return ShardedSafetensors.open(file(INDEX), this::file);
    }
    return SafetensorsFile.open(file(WEIGHTS));
  }

  /** Names of the adapters, sorted. */
  public List<String> adapters() throws IOException {
    return directories(directory, child -> child.resolve(ADAPTER_CONFIG));
  }

  /** Reads an adapter's configuration, which the decoder package interprets. */
  public JsonObject adapterConfig(String adapter) throws IOException {
    return JsonObject.read(adapterFile(adapter, ADAPTER_CONFIG));
  }

  /** Opens and checks an adapter's weights; the caller closes them. */
  public TensorSource openAdapter(String adapter) throws IOException {
    return SafetensorsFile.open(adapterFile(adapter, ADAPTER_WEIGHTS));
  }

  /**
   * Opens the second moments of the training; the caller closes them.
   *
   * @throws IllegalArgumentException if there is no such file, or it is malformed
   */
  public SecondMoments openSecondMoments() throws IOException {
    return new SecondMoments(SafetensorsFile.open(secondMoments()));
  }

  private Path secondMoments() {
    if (!Files.isRegularFile(directory.resolve(SecondMoments.FILE))) {
      throw new IllegalArgumentException(
          "model [%s] lacks %s, the optimizer's second moments: export them beside the weights, or set second_moment to [none]"
              .formatted(id, SecondMoments.FILE));
    }
    return file(SecondMoments.FILE);
  }

  /**
   * Adds the SHA-256 of the second moments to those of other files.
   *
   * @param files path below the model directory → SHA-256
   */
  public void addSecondMoments(FileDigests digests, SortedMap<String, String> files)
      throws IOException {
    files.put(SecondMoments.FILE, digests.of(secondMoments()));
  }

  /**
   * Reads the second moments of some weights, unless they were found usable before and the file has
   * not changed.
   *
   * @throws IllegalArgumentException if they are negative, not finite, or all 0; names the weight
   */
  public void requireSecondMoments(FileDigests digests, List<String> weights) throws IOException {
    digests.require(secondMoments(), new UsableMoments(List.copyOf(weights)));
  }

  private record UsableMoments(List<String> weights) implements FileDigests.NumberCheck {
    @Override
    public void require(SafetensorsFile file) {
      new SecondMoments(file).requireUsable(weights);
    }
  }

  /**
   * SHA-256 of every file that has a part in a gradient, by its path below the model directory.
   *
   * @param adapters names of the adapters that count
   */
  public SortedMap<String, String> digests(FileDigests digests, Collection<String> adapters)
      throws IOException {
    SortedMap<String, String> result = new TreeMap<>();
    for (String name : baseFiles()) {
      result.put(name, digests.of(file(name)));
    }
    for (String adapter : adapters) {
      for (String name : List.of(ADAPTER_CONFIG, ADAPTER_WEIGHTS)) {
        result.put(adapter + "/" + name, digests.of(adapterFile(adapter, name)));
      }
    }
    return result;
  }

  /**
   * Reads all weights, but no file that was found finite before and has not changed.
   *
   * @param digests remembers what was found
   * @param adapters names of the adapters that count
   * @param passedOver ends of the names of the base model's tensors that are not used
   * @throws IllegalArgumentException if a number is not finite; names file and tensor
   */
  public void requireFinite(
      FileDigests digests, Collection<String> adapters, List<String> passedOver)
      throws IOException {
    for (String name : baseFiles()) {
      if (name.endsWith(SAFETENSORS)) {
        digests.requireFinite(file(name), passedOver);
      }
    }
    for (String adapter : adapters) {
      try {
        digests.requireFinite(adapterFile(adapter, ADAPTER_WEIGHTS), List.of());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("%s/%s".formatted(adapter, e.getMessage()), e);
      }
    }
  }

  /** One SHA-256 over the files that the base weights and their layout are read from. */
  public String weightsDigest(FileDigests digests) throws IOException {
    SortedMap<String, String> files = digests(digests, List.of());
    files.remove(TOKENIZER);
    return FileDigests.ofText(files.toString());
  }

  private Set<String> baseFiles() throws IOException {
    Set<String> names = new TreeSet<>(List.of(CONFIG, TOKENIZER));
    if (!Files.exists(directory.resolve(WEIGHTS)) && Files.exists(directory.resolve(INDEX))) {
      names.add(INDEX);
      names.addAll(ShardedSafetensors.shardNames(file(INDEX)));
    } else {
      names.add(WEIGHTS);
    }
    return names;
  }

  private Path adapterFile(String adapter, String name) {
    requireName("adapter", adapter);
    if (!Files.isDirectory(directory.resolve(adapter))) {
      throw new IllegalArgumentException("model [%s] has no adapter [%s]".formatted(id, adapter));
    }
    return file(adapter + "/" + name);
  }

  private Path file(String name) {
    Path file = directory.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "model [%s] lacks %s%s".formatted(id, name, pickles(file.getParent())));
    }
    try {
      return below(root, file);
    } catch (IOException e) {
      throw new IllegalArgumentException("model [%s]: %s cannot be read".formatted(id, name), e);
    }
  }

  /** What to say if the weights are there in a format that could run code. */
  private static String pickles(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> PICKLE.matcher(name).matches())
          .findFirst()
          .map(name -> "; " + name + " is not opened, it could carry code: convert to safetensors")
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }

  private static Path below(Path root, Path path) throws IOException {
    Path real = path.toRealPath();
    if (!real.startsWith(root)) {
      throw new IllegalArgumentException(
          "%s is a link that leads out of the models directory".formatted(root.relativize(path)));
    }
    return real;
  }

  @FunctionalInterface
  private interface FileIn {
    Path of(Path directory) throws IOException;
  }

  /** Names of the directories below a parent in which a file is there. */
  private static List<String> directories(Path parent, FileIn file) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (Stream<Path> children = Files.list(parent)) {
      children
          .filter(child -> has(child, file))
          .map(child -> child.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .sorted()
          .forEach(names::add);
    }
    return names;
  }

  private static boolean has(Path directory, FileIn file) {
    try {
      return Files.isRegularFile(file.of(directory));
    } catch (IOException | IllegalArgumentException unusable) {
      return false; // the others are still listed
    }
  }

  private static void requireName(String what, String name) {
    if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "%s must be a directory name of letters, digits, '.', '_', '-', got [%s]"
              .formatted(what, name.substring(0, Math.min(name.length(), 128))));
    }
  }
}
