package org.rapidin.attribution.model.torch;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The libtorch that all tests of a JVM share, extracted once per user; one thread, as models are
 * tiny.
 */
public final class TestRuntime {
  private TestRuntime() {}

  public static TorchRuntime get() {
    Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
    return TorchRuntime.start(cache, Optional.empty(), 1);
  }
}
