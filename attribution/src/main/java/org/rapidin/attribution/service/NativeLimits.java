package org.rapidin.attribution.service;

import java.time.Duration;
import java.util.Objects;

/**
 * How much native memory a {@link GradientService} may hold, and for how long.
 *
 * @param bytes of weights, adapters and passes together
 * @param weightBytes of the base weights that stay in memory between passes; what exceeds them is
 *     read from the files for each pass
 * @param idleTimeout after which a model that is not used is closed; zero keeps it
 */
public record NativeLimits(long bytes, long weightBytes, Duration idleTimeout) {
  public NativeLimits {
    Objects.requireNonNull(idleTimeout, "idleTimeout");
    if (bytes < 1 || weightBytes < 0 || idleTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "native limits must be positive, got %s bytes, %s bytes of weights, timeout %s"
              .formatted(bytes, weightBytes, idleTimeout));
    }
  }
}
