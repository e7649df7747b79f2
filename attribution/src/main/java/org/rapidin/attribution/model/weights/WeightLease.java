package org.rapidin.attribution.model.weights;

import ai.djl.ndarray.NDArray;

/** Parameters that stay in memory until {@link #close}. Belongs to one thread. */
public interface WeightLease extends AutoCloseable {

  /**
   * A leased parameter, float32.
   *
   * @return null if the lease does not include it
   */
  NDArray get(String name);

  /** Ends the lease; a graph that still refers to an array keeps its memory. */
  @Override
  void close();
}
