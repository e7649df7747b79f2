package org.rapidin.plugin.dispatch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.secure_sm.AccessController;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.model.torch.ComputeDevice;
import org.rapidin.attribution.model.torch.DeviceChoice;
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
  private final DeviceChoice choice;
  private volatile String status = "not started: no gradient was requested yet";
  private volatile Optional<ComputeDevice> device = Optional.empty();
  private volatile String allocatorState = "";

  /**
   * @param cacheDirectory writable; small natives are extracted there
   * @param pluginDirectory where the plugin is installed; libtorch is below it
   * @param threads that one operation may use
   * @param choice of a device
   */
  TorchStarter(Path cacheDirectory, Path pluginDirectory, int threads, DeviceChoice choice) {
    this.cacheDirectory = cacheDirectory;
    this.pluginDirectory = pluginDirectory;
    this.threads = threads;
    this.choice = choice;
  }

  @Override
  public TorchRuntime get() {
    try {
      TorchRuntime runtime =
          AccessController.doPrivilegedChecked(
              () -> TorchRuntime.start(cacheDirectory, libtorch(), threads, choice));
      report(runtime);
      return runtime;
    } catch (ModelUnavailableException e) {
      status = "unavailable: " + e.getMessage();
      throw e;
    }
  }

  private synchronized void report(TorchRuntime runtime) {
    if (allocatorState.isEmpty()) {
      allocatorState = runtime.allocator().state();
      ComputeDevice chosen = runtime.device();
      device = Optional.of(chosen);
      LOGGER.info(
          "libtorch ({}) is loaded; gradients are computed on {} ({}); native allocator: {}",
          chosen.flavor(),
          chosen.name(),
          chosen.reason(),
          allocatorState);
    }
    status = "running";
  }

  /** The device that gradients are computed on; empty until libtorch runs. */
  Optional<ComputeDevice> device() {
    return device;
  }

  /** Whether malloc is tuned, and if not why; empty until libtorch runs. */
  String allocatorState() {
    return allocatorState;
  }

  /** Whether libtorch runs, and if not why. */
  String status() {
    return status;
  }

  /**
   * Returns the operator's libtorch, which may have CUDA, or the plugin's own. Empty where the
   * plugin is not installed (tests, benchmarks), because natives are on the class path there.
   */
  private Optional<Path> libtorch() {
    String other = System.getenv("PYTORCH_LIBRARY_PATH");
    if (other != null) {
      return Optional.of(Path.of(other));
    }
    return Files.isDirectory(pluginDirectory)
        ? Optional.of(pluginDirectory.resolve("libtorch"))
        : Optional.empty();
  }
}
