package org.rapidin.demo;

import java.nio.file.Path;
import java.util.Optional;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * Where the demo's files lie.
 *
 * @param root the directory of all of them
 */
public record DemoFiles(Path root) {
  /** Where they are committed, as seen from the repository's root. */
  public static final String COMMITTED = "distribution/src/demo";

  /** What is indexed, one document a line. */
  public Path documents() {
    return root.resolve("documents.jsonl");
  }

  /** What is asked about, one generation a line. */
  public Path generations() {
    return root.resolve("generations.jsonl");
  }

  /** The directory that holds one directory per model. */
  public Path models() {
    return root.resolve("models");
  }

  /** The model's directory. */
  public Path model() {
    return models().resolve(DemoAttributor.MODEL);
  }

  /**
   * The libtorch of the class path, extracted once per user.
   *
   * @param threads that one operation may use
   */
  public static TorchRuntime startTorch(int threads) {
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    return TorchRuntime.start(cache, Optional.empty(), threads);
  }
}
