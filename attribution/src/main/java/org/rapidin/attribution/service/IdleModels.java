package org.rapidin.attribution.service;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what is unused: attributors after a time without use, and free native memory as soon as no
 * gradient is computed, and once a minute where there is no pause. A daemon thread looks once a
 * second from the first use on. Safe for many threads.
 */
final class IdleModels implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IdleModels.class);

  // The next request of a bulk load comes sooner. Returning 1 GiB takes 0.1 s and faulting it in
  // again 0.5 s (load 6), so it is done once per pause and not after each pass.
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  // A bulk load may have no pause for hours, and malloc keeps more pieces with each pass. With 135
  // million parameters a node had 1,855 MiB of native memory after a bulk of 8 documents of 512
  // tokens, 2,191 after 100 more passes without a pause, and at most 1,836 in 8 passes after a
  // trim.
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final long timeoutNanos;
  private final LongSupplier clock;
  private final Models models;
  private ScheduledThreadPoolExecutor thread;
  private int uses;
  private long lastUseNanos;
  private boolean trimmed = true;
  private long untrimmedSinceNanos;

  /** What can be freed. */
  interface Models {
    /** Closes attributors that are unused and whose last use ended before a time. */
    void closeUnusedSince(long nanos);

    /** Returns free native memory to the kernel. */
    void trim();
  }

  /**
   * @param timeoutNanos after which an attributor is closed; 0 keeps all
   * @param clock as {@link System#nanoTime}
   */
  IdleModels(long timeoutNanos, LongSupplier clock, Models models) {
    this.timeoutNanos = timeoutNanos;
    this.clock = clock;
    this.models = models;
  }

  /** Starts the thread. A second call does nothing. */
  synchronized void start() {
    if (thread == null) {
      thread =
          new ScheduledThreadPoolExecutor(
              1,
              task -> {
                Thread daemon = new Thread(task, "rapidin-idle");
                daemon.setDaemon(true);
                return daemon;
              });
      thread.scheduleWithFixedDelay(this::check, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** Tells that something uses models; {@link #endUse} must follow. */
  synchronized void beginUse() {
    uses++;
    freed();
  }

  /** Ends what {@link #beginUse} began. */
  synchronized void endUse() {
    uses--;
    lastUseNanos = clock.getAsLong();
  }

  /** Frees what has been idle for long enough. A fault is logged: it must not end the thread. */
  void check() {
    try {
      if (timeoutNanos > 0) {
        models.closeUnusedSince(clock.getAsLong() - timeoutNanos);
      }
    } catch (RuntimeException e) {
      LOG.warn("models that are not used could not be closed", e);
    }
    try {
      if (isTimeToTrim()) {
        models.trim();
      }
    } catch (RuntimeException e) {
      LOG.warn("free native memory could not be returned", e);
    }
  }

  private synchronized boolean isTimeToTrim() {
    long now = clock.getAsLong();
    boolean paused = uses == 0 && now - lastUseNanos >= PAUSE_NANOS;
    if (trimmed || !paused && now - untrimmedSinceNanos < PERIOD_NANOS) {
      return false;
    }
    trimmed = paused;
    untrimmedSinceNanos = now;
    return true;
  }

  /** Makes a check trim in the next pause, because much was freed. */
  synchronized void freed() {
    if (trimmed) {
      trimmed = false;
      untrimmedSinceNanos = clock.getAsLong();
    }
  }

  /** Tells the thread to end; it does so after a check that is under way. */
  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
  }
}
