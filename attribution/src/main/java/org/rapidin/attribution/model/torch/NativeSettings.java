package org.rapidin.attribution.model.torch;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.rapidin.attribution.ModelUnavailableException;

/**
 * What DJL reads from system properties and the thread's class loader, put there for the time of
 * one call and taken back. The properties belong to the whole JVM, and other plugins that use DJL
 * set some of them too. Callers hold one lock for all instances.
 */
final class NativeSettings {
  private final Map<String, String> properties = new LinkedHashMap<>();

  /**
   * @param cacheDir where natives are extracted to
   * @param libtorchDir where libtorch's files are; empty if they are in a jar
   * @param flavor of libtorch
   * @param threads of one operation
   */
  NativeSettings(Path cacheDir, Optional<Path> libtorchDir, String flavor, int threads) {
    properties.put("ai.djl.offline", "true"); // no download
    properties.put("OPT_OUT_TRACKING", "true"); // no telemetry
    properties.put("ai.djl.default_engine", "PyTorch");
    properties.put("ENGINE_CACHE_DIR", cacheDir.toString());
    properties.put("DJL_CACHE_DIR", cacheDir.toString());
    properties.put("PYTORCH_VERSION", "2.7.1");
    properties.put("PYTORCH_FLAVOR", flavor);
    properties.put("PYTORCH_PRECXX11", "false");
    properties.put("PYTORCH_LIBRARY_PATH", libtorchDir.map(Path::toString).orElse(null));
    properties.put("PYTORCH_EXTRA_LIBRARY_PATH", null);
    properties.put("RUST_LIBRARY_PATH", null);
    properties.put("RUST_FLAVOR", null);
    properties.put("LIBSTDCXX_LIBRARY_PATH", null);
    properties.put("ai.djl.pytorch.native_helper", null);
    properties.put("ai.djl.huggingface.native_helper", null);
    properties.put("ai.djl.pytorch.num_threads", Integer.toString(threads));
    properties.put("ai.djl.pytorch.num_interop_threads", "1");
  }

  /** Refuses environment variables that DJL would prefer to these settings. */
  void refuseEnvironment() {
    properties.forEach(
        (name, wanted) -> {
          String found = System.getenv(name);
          if (found != null && !found.equals(wanted)) {
            throw new ModelUnavailableException(
                "the environment variable %s=%s would override where PyTorch is loaded from: unset it and restart"
                    .formatted(name, found));
          }
        });
  }

  /** Runs an action under these settings and restores what was there before. */
  <T> T call(Callable<T> action) throws Exception {
    Map<String, String> before = new HashMap<>();
    properties.keySet().forEach(name -> before.put(name, System.getProperty(name)));
    Thread thread = Thread.currentThread();
    ClassLoader loader = thread.getContextClassLoader();
    try {
      properties.forEach(NativeSettings::set);
      thread.setContextClassLoader(NativeSettings.class.getClassLoader());
      return action.call();
    } finally {
      thread.setContextClassLoader(loader);
      before.forEach(NativeSettings::set);
    }
  }

  private static void set(String name, String value) {
    if (value == null) {
      System.clearProperty(name);
    } else {
      System.setProperty(name, value);
    }
  }
}
