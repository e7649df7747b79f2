package org.rapidin.plugin.handle;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;

/**
 * The query gradients on this node, by key: those that it resolved and those that its shards
 * fetched. Their bytes are on a circuit breaker.
 *
 * <p>A gradient is kept while a search uses it. Afterwards it stays for its time to live, unless
 * all unused gradients take more than a quarter of the breaker's limit or others need the bytes;
 * the least recently used is evicted first. Safe for many threads.
 */
public final class GradientStore {
  /** {@code plugins.rapidin.query.time_to_live}: how long an unused gradient of a query stays. */
  public static final Setting<TimeValue> TIME_TO_LIVE =
      Setting.positiveTimeSetting(
          "plugins.rapidin.query.time_to_live",
          TimeValue.timeValueMinutes(5),
          Setting.Property.NodeScope);

  private static final String LABEL = "<rapidin_query_gradients>";
  private static final int SHARE_OF_LIMIT = 4;

  private final Supplier<CircuitBreaker> breaker;
  private final LongSupplier nanoTime;
  private final long timeToLiveNanos;
  // Least recently used first.
  private final Map<GradientKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long unusedBytes;

  private static final class Entry {
    private HeldGradient held;
    private int users;
    private long lastUsed;

    Entry(HeldGradient held) {
      this.held = held;
    }
  }

  /**
   * Creates an empty store.
   *
   * @param breaker counts the bytes
   * @param nanoTime the clock
   * @param timeToLiveNanos how long an unused gradient stays
   */
  public GradientStore(
      Supplier<CircuitBreaker> breaker, LongSupplier nanoTime, long timeToLiveNanos) {
    this.breaker = breaker;
    this.nanoTime = nanoTime;
    this.timeToLiveNanos = timeToLiveNanos;
  }

  /**
   * Keeps a gradient; token vectors are added to those of the same key.
   *
   * @return ends this use when closed; closing is idempotent
   * @throws CircuitBreakingException (429) if gradients in use leave too few bytes
   */
  public synchronized Releasable add(HeldGradient held) {
    Entry entry = entries.get(held.handle().key());
    if (entry == null) {
      reserve(held.bytes());
      entry = new Entry(held);
      entries.put(held.handle().key(), entry);
      unusedBytes += held.bytes();
    } else {
      replace(entry, held);
    }
    return use(entry);
  }

  private void replace(Entry entry, HeldGradient held) {
    HeldGradient merged =
        new HeldGradient(
            held.handle(), entry.held.gradient(), held.tokens().or(entry.held::tokens));
    entry.users++;
    unusedBytes -= entry.users == 1 ? entry.held.bytes() : 0;
    try {
      reserve(merged.bytes() - entry.held.bytes());
      entry.held = merged;
    } finally {
      release(entry);
    }
  }

  /**
   * Looks up a gradient.
   *
   * @return empty if it was never here or has been evicted
   */
  public synchronized Optional<HeldGradient> find(GradientKey key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Optional.empty();
    }
    entry.lastUsed = nanoTime.getAsLong();
    return Optional.of(entry.held);
  }

  /**
   * Keeps a gradient that is here from being evicted.
   *
   * @return ends this use when closed; empty if the gradient is not here
   */
  public synchronized Optional<Releasable> use(GradientKey key) {
    return Optional.ofNullable(entries.get(key)).map(this::use);
  }

  /** Drops unused gradients whose time to live is over. */
  public synchronized void expire() {
    long now = nanoTime.getAsLong();
    Iterator<Entry> eldest = entries.values().iterator();
    while (eldest.hasNext()) {
      Entry entry = eldest.next();
      if (entry.users == 0 && now - entry.lastUsed >= timeToLiveNanos) {
        drop(eldest, entry);
      }
    }
  }

  /**
   * Reserves bytes for something optional, so no unused gradient is evicted for it.
   *
   * @throws CircuitBreakingException if there is no room
   */
  Releasable reserveUntilClosed(long bytes) {
    breaker.get().addEstimateBytesAndMaybeBreak(bytes, LABEL);
    return Releasables.releaseOnce(() -> breaker.get().addWithoutBreaking(-bytes));
  }

  /**
   * Reserves bytes that a search needs, and evicts unused gradients for them.
   *
   * @throws CircuitBreakingException if there is no room
   */
  synchronized Releasable makeRoom(long bytes) {
    reserve(bytes);
    return Releasables.releaseOnce(() -> breaker.get().addWithoutBreaking(-bytes));
  }

  /** Bytes of the gradients that are in use. */
  synchronized long bytesInUse() {
    return bytes() - unusedBytes;
  }

  /** Bytes of all gradients here. */
  public synchronized long bytes() {
    return entries.values().stream().mapToLong(entry -> entry.held.bytes()).sum();
  }

  private Releasable use(Entry entry) {
    entry.users++;
    entry.lastUsed = nanoTime.getAsLong();
    unusedBytes -= entry.users == 1 ? entry.held.bytes() : 0;
    return Releasables.releaseOnce(
        () -> {
          synchronized (this) {
            release(entry);
            evictSurplus();
          }
        });
  }

  private void release(Entry entry) {
    entry.users--;
    entry.lastUsed = nanoTime.getAsLong();
    unusedBytes += entry.users == 0 ? entry.held.bytes() : 0;
  }

  private void reserve(long bytes) {
    if (bytes == 0) {
      return;
    }
    for (; ; ) {
      try {
        breaker.get().addEstimateBytesAndMaybeBreak(bytes, LABEL);
        return;
      } catch (CircuitBreakingException full) {
        if (!evictOne()) {
          throw full;
        }
      }
    }
  }

  private void evictSurplus() {
    long limit = breaker.get().getLimit();
    boolean evicted = true;
    while (evicted && limit >= 0 && unusedBytes > limit / SHARE_OF_LIMIT) {
      evicted = evictOne();
    }
  }

  private boolean evictOne() {
    Iterator<Entry> eldest = entries.values().iterator();
    while (eldest.hasNext()) {
      Entry entry = eldest.next();
      if (entry.users == 0) {
        drop(eldest, entry);
        return true;
      }
    }
    return false;
  }

  private void drop(Iterator<Entry> at, Entry entry) {
    at.remove();
    long bytes = entry.held.bytes();
    // Closed uses may still point to the entry.
    entry.held = null;
    unusedBytes -= bytes;
    breaker.get().addWithoutBreaking(-bytes);
  }
}
