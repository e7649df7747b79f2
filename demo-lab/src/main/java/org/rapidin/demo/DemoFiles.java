package org.rapidin.demo;

import java.nio.file.Path;
import java.util.Optional;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * The demo's files.
 *
 * @param root the directory that contains them
 */
public record DemoFiles(Path root) {
  /** The committed directory, relative to the repository's root. */
  public static final String COMMITTED = "distribution/src/demo";

  /** The documents that are indexed, one per line. */
  public Path documents() {
    return root.resolve("documents.jsonl");
  }

  /** The generations that are asked about, one per line. */
  public Path generations() {
    return root.resolve("generations.jsonl");
  }

  /** The directory that contains one directory per model. */
  public Path models() {
    return root.resolve("models");
  }

  /** The model's directory. */
  public Path model() {
    return models().resolve(DemoAttributor.MODEL);
  }

  /**
   * Starts the libtorch on the class path, which is extracted once per user.
   *
   * @param threads threads of one operation
   */
  public static TorchRuntime startTorch(int threads) {
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    return TorchRuntime.start(cache, Optional.empty(), threads);
  }
}
