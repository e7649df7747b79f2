package org.rapidin.attribution.model.weights;

import java.util.Optional;

/** Decides whether a parameter may stay in memory after its lease. Safe for many threads. */
@FunctionalInterface
interface Residency {

  /** Bytes that may stay in memory; closing returns them. */
  interface Grant extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Asks whether a parameter may stay.
   *
   * @return empty if it must be freed after its lease
   */
  Optional<Grant> request(long bytes);
}
