package org.rapidin.attribution.model.weights;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.rapidin.attribution.model.weights.Residency.Grant;

/** One parameter: in memory while leased, and afterwards if it may stay. Safe for many threads. */
final class CachedTensor {
  private final long bytes;
  private final Supplier<NDArray> loader;
  private final Residency residency;
  private final ReentrantLock lock = new ReentrantLock();
  private NDArray array;
  private volatile Optional<Grant> grant = Optional.empty();
  private int leases;

  /**
   * @param bytes of the parameter as float32
   * @param loader makes the array
   */
  CachedTensor(long bytes, Supplier<NDArray> loader, Residency residency) {
    this.bytes = bytes;
    this.loader = loader;
    this.residency = residency;
  }

  /** The array, which stays until {@link #release}. */
  NDArray acquire() {
    lock.lock();
    try {
      if (array == null) {
        load(residency.request(bytes));
      }
      leases++;
      return array;
    } finally {
      lock.unlock();
    }
  }

  /** The array if it is in memory and may stay, until {@link #release}. */
  Optional<NDArray> acquireIfResident() {
    lock.lock();
    try {
      if (grant.isEmpty()) {
        return Optional.empty();
      }
      leases++;
      return Optional.of(array);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Puts the array into memory if it may stay there.
   *
   * @return whether it stays
   */
  boolean preload() {
    lock.lock();
    try {
      if (array == null) {
        residency.request(bytes).ifPresent(granted -> load(Optional.of(granted)));
      }
      return grant.isPresent();
    } finally {
      lock.unlock();
    }
  }

  private void load(Optional<Grant> granted) {
    try {
      array = loader.get();
      grant = granted;
    } catch (RuntimeException | Error e) {
      granted.ifPresent(Grant::close);
      throw e;
    }
  }

  /** Ends what {@link #acquire} began. */
  void release() {
    lock.lock();
    try {
      leases--;
      if (leases == 0 && grant.isEmpty()) {
        free();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Frees the array if it is not in use. Does not wait for a thread that loads it, so that two
   * threads that load may evict each other's tensors.
   *
   * @return freed bytes
   */
  long evict() {
    if (!lock.tryLock()) {
      return 0;
    }
    try {
      if (leases > 0 || array == null) {
        return 0;
      }
      free();
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private void free() {
    array.close();
    array = null;
    grant.ifPresent(Grant::close);
    grant = Optional.empty();
  }

  /** Bytes as float32. */
  long bytes() {
    return bytes;
  }

  /**
   * Whether it stays in memory without a lease. Does not wait for a thread that loads it: that
   * thread may wait for a lock that the caller holds.
   */
  boolean isResident() {
    return grant.isPresent();
  }
}
