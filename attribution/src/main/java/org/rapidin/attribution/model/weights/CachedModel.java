package org.rapidin.attribution.model.weights;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.rapidin.attribution.model.decoder.DecoderWeights;

/** One model of a {@link WeightCache}, with what decides when its parameters are evicted. */
final class CachedModel {
  private final String digest;
  private final String name;
  private final MappedWeights weights;
  private final AtomicInteger leases = new AtomicInteger();
  private volatile long lastUsedNanos = System.nanoTime();
  private int users; // guarded by the cache

  CachedModel(String digest, String name, MappedWeights weights) {
    this.digest = digest;
    this.name = name;
    this.weights = weights;
  }

  String digest() {
    return digest;
  }

  String name() {
    return name;
  }

  MappedWeights weights() {
    return weights;
  }

  /** Adds to the number of users, and returns it. */
  int addUsers(int change) {
    users += change;
    return users;
  }

  boolean isLeased() {
    return leases.get() > 0;
  }

  /** How long before a {@link System#nanoTime} it was last used; less than 0 if after it. */
  long idleNanos(long now) {
    return now - lastUsedNanos;
  }

  /** Puts parameters into memory until the lease is closed. */
  DecoderWeights.Lease lease(Collection<String> names) {
    return counted(() -> Optional.of(weights.lease(names))).orElseThrow();
  }

  /** Keeps all parameters in memory until the lease is closed; empty unless all are there. */
  Optional<DecoderWeights.Lease> leaseIfResident() {
    return counted(weights::leaseIfResident);
  }

  /** Puts parameters into memory, in the files' order, until one may not stay there. */
  void preload() {
    counted(
        () -> {
          weights.preload();
          return Optional.empty();
        });
  }

  /** Counts a lease from before it begins, so that others do not evict what it puts in memory. */
  private Optional<DecoderWeights.Lease> counted(Supplier<Optional<DecoderWeights.Lease>> begin) {
    leases.incrementAndGet();
    lastUsedNanos = System.nanoTime();
    Optional<DecoderWeights.Lease> lease = Optional.empty();
    try {
      lease = begin.get().map(CountedLease::new);
      return lease;
    } finally {
      if (lease.isEmpty()) {
        leases.decrementAndGet();
      }
    }
  }

  private final class CountedLease implements DecoderWeights.Lease {
    private final DecoderWeights.Lease lease;
    private boolean closed;

    CountedLease(DecoderWeights.Lease lease) {
      this.lease = lease;
    }

    @Override
    public NDArray get(String name) {
      return lease.get(name);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        lease.close();
        lastUsedNanos = System.nanoTime();
        leases.decrementAndGet();
      }
    }
  }
}
