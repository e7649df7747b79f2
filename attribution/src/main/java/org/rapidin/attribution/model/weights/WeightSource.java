package org.rapidin.attribution.model.weights;

import java.util.Collection;

/**
 * A model's base parameters, each in memory while it is leased and perhaps longer. Safe for several
 * threads.
 */
public interface WeightSource {

  /**
   * Puts parameters into memory until the lease is closed. Two leases of one parameter share its
   * array.
   *
   * @param names as in the model's files
   * @throws IllegalArgumentException if there is no parameter of one of these names
   */
  WeightLease lease(Collection<String> names);
}
