package org.rapidin.attribution.gradient;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Whether the result of a pass is still wanted.
 *
 * @param cancelled asked between layers and between chunks of the head
 */
record Cancellation(BooleanSupplier cancelled) {

  /**
   * Returns if the result is still wanted.
   *
   * @throws CancellationException if it is not
   */
  void check() {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("the gradient was cancelled");
    }
  }
}
