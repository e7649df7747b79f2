package org.rapidin.plugin.dispatch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.secure_sm.AccessController;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.memory.NativeAllocator;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * Starts libtorch with the first gradient, and remembers the outcome. A node without models never
 * loads it. Safe for many threads.
 */
final class TorchStarter implements Supplier<TorchRuntime> {
  private static final Logger LOGGER = LogManager.getLogger(TorchStarter.class);

  private final Path cacheDirectory;
  private final Path pluginDirectory;
  private final int threads;
  private volatile String status = "not started: no gradient was requested yet";
  private volatile String allocatorState = "";

  /**
   * @param cacheDirectory writable; small natives are extracted there
   * @param pluginDirectory where the plugin is installed; libtorch is below it
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
      report(runtime.allocator());
      return runtime;
    } catch (ModelUnavailableException e) {
      status = "unavailable: " + e.getMessage();
      throw e;
    }
  }

  private synchronized void report(NativeAllocator allocator) {
    if (allocatorState.isEmpty()) {
      allocatorState = allocator.state();
      LOGGER.info("libtorch is loaded; native allocator: {}", allocatorState);
    }
    status = "running";
  }

  /** Whether malloc is tuned, and if not why; empty until libtorch runs. */
  String allocatorState() {
    return allocatorState;
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
