package org.rapidin.attribution.model.weights;

import java.util.Collection;
import java.util.List;

/**
 * One user's handle on weights that others may use too. Safe for several threads until {@link
 * #close}; a second close does nothing.
 */
public final class SharedWeights implements WeightSource, AutoCloseable {
  private final WeightCache cache;
  private final CachedModel model;
  private boolean closed;

  SharedWeights(WeightCache cache, CachedModel model) {
    this.cache = cache;
    this.model = model;
  }

  @Override
  public WeightLease lease(Collection<String> names) {
    return model.lease(names);
  }

  /** Reads parameters ahead of their first use, as long as they may stay in memory. */
  public void preload() {
    for (String name : model.weights().names()) {
      model.lease(List.of(name)).close();
      if (!model.weights().isResident(name)) {
        return;
      }
    }
  }

  /** Bytes of all parameters as float32, wherever they are. */
  public long totalBytes() {
    return model.weights().totalBytes();
  }

  /** Whether all parameters may stay in memory together, so that a pass converts nothing. */
  public boolean fitsInMemory() {
    return totalBytes() <= cache.residentLimitBytes();
  }

  /** Ends this user's share; the last one frees the arrays and closes the files. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      cache.release(model);
    }
  }
}
