package org.rapidin.plugin.dispatch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.secure_sm.AccessController;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * Starts libtorch when the first gradient is wanted, and remembers what came of it. A node without
 * models never loads it. Safe for many threads.
 */
final class TorchStarter implements Supplier<TorchRuntime> {
  private final Path cacheDirectory;
  private final Path pluginDirectory;
  private final int threads;
  private volatile String status = "not started: no gradient was wanted yet";

  /**
   * @param cacheDirectory writable; small natives are extracted there
   * @param pluginDirectory where the plugin is installed; libtorch lies below it
   * @param threads that one operation may use
   */
  TorchStarter(Path cacheDirectory, Path pluginDirectory, int threads) {
    this.cacheDirectory = cacheDirectory;
    this.pluginDirectory = pluginDirectory;
    this.threads = threads;
  }

  @Override
  public TorchRuntime get() {
    try {
      TorchRuntime runtime =
          AccessController.doPrivilegedChecked(
              () -> TorchRuntime.start(cacheDirectory, libtorch(), threads));
      status = "running";
      return runtime;
    } catch (ModelUnavailableException e) {
      status = "unavailable: " + e.getMessage();
      throw e;
    }
  }

  /** Whether libtorch runs, and if not why. */
  String status() {
    return status;
  }

  /** Not installed (tests, benchmarks), natives are on the class path. */
  private Optional<Path> libtorch() {
    return Files.isDirectory(pluginDirectory)
        ? Optional.of(pluginDirectory.resolve("libtorch"))
        : Optional.empty();
  }
}
