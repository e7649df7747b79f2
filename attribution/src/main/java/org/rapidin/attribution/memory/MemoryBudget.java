package org.rapidin.attribution.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Counts the bytes of memory that gradients and models hold, before they are allocated, so that
 * their sum never exceeds a limit. libtorch has no limit of its own: what it cannot get ends the
 * process.
 *
 * <p>A reservation that does not fit asks the reclaimer to free memory, then waits in order of
 * arrival. A thread that holds a reservation must not wait for another one: use {@link #tryReserve}
 * there. Safe for many threads.
 */
public final class MemoryBudget {
  /** How often a reservation that waits asks whether it is still wanted. */
  private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final long limitBytes;
  private final LongConsumer reclaimer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Long> waiting = new ArrayDeque<>();
  private long tickets;
  private long reservedBytes;
  private long peakBytes;
  private long refused;

  /**
   * A budget with nothing reserved.
   *
   * @param limitBytes of all reservations together
   * @param reclaimer is asked to free at least so many reserved bytes, if it can; called without a
   *     lock held, by the thread that reserves
   */
  public MemoryBudget(long limitBytes, LongConsumer reclaimer) {
    if (limitBytes < 1) {
      throw new IllegalArgumentException(
          "the limit must be at least 1 byte, got %s".formatted(limitBytes));
    }
    this.limitBytes = limitBytes;
    this.reclaimer = reclaimer;
  }

  /** Reserved bytes of one owner; closing returns them, a second close does nothing. */
  public final class Reservation implements ReservedMemory {
    private final long bytes;
    private boolean closed;

    private Reservation(long bytes) {
      this.bytes = bytes;
    }

    /** How many bytes are reserved. */
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          reservedBytes -= bytes;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * What a budget has reserved.
   *
   * @param limitBytes of all reservations together
   * @param reservedBytes now
   * @param peakBytes the most that was reserved at a time
   * @param refused reservations that did not fit in time
   */
  public record Usage(long limitBytes, long reservedBytes, long peakBytes, long refused) {}

  /** The most that can be reserved. */
  public long limitBytes() {
    return limitBytes;
  }

  /** What is reserved now, and what was. */
  public Usage usage() {
    lock.lock();
    try {
      return new Usage(limitBytes, reservedBytes, peakBytes, refused);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reserves bytes if they fit now, although others may wait for theirs; frees nothing and waits
   * for nothing.
   */
  public Optional<Reservation> tryReserve(long bytes) {
    lock.lock();
    try {
      return fits(bytes) ? Optional.of(take(bytes)) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Reserves bytes if they fit now and no other request waits; frees nothing, does not wait. */
  public Optional<Reservation> tryReserveInTurn(long bytes) {
    return isQueueEmpty() ? tryReserve(bytes) : Optional.empty();
  }

  /**
   * Reserves bytes, waiting until they fit.
   *
   * @param what is named in the message of the exception
   * @param timeoutMillis how long to wait
   * @throws MemoryLimitException if they did not fit in time, or exceed the limit
   */
  public Reservation reserve(String what, long bytes, long timeoutMillis) {
    return reserve(what, bytes, timeoutMillis, () -> false);
  }

  /**
   * Reserves bytes; as {@link #reserve(String, long, long)}.
   *
   * @param cancelled asked every 50 ms while the reservation waits
   * @throws CancellationException if it was cancelled
   */
  public Reservation reserve(
      String what, long bytes, long timeoutMillis, BooleanSupplier cancelled) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    return tryReserveInTurn(bytes).orElseGet(() -> await(what, bytes, nanos, cancelled));
  }

  private boolean isQueueEmpty() {
    lock.lock();
    try {
      return waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private Reservation await(String what, long bytes, long timeoutNanos, BooleanSupplier cancelled) {
    long end = System.nanoTime() + (bytes > limitBytes ? 0 : timeoutNanos);
    lock.lock();
    long ticket = tickets++;
    try {
      waiting.addLast(ticket);
      while (!(waiting.getFirst() == ticket && reclaimUntilFits(bytes))) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("%s was cancelled".formatted(what));
        }
        long nanos = end - System.nanoTime();
        if (nanos <= 0) {
          refused++;
          throw new MemoryLimitException(what, bytes, reservedBytes, limitBytes);
        }
        changed.awaitNanos(Math.min(nanos, ASK_NANOS));
      }
      return take(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MemoryLimitException(what, bytes, reservedBytes, limitBytes);
    } finally {
      waiting.remove(ticket);
      changed.signalAll();
      lock.unlock();
    }
  }

  /** Gives up the lock while memory is freed. */
  private boolean reclaimUntilFits(long bytes) {
    if (!fits(bytes)) {
      long missing = bytes - (limitBytes - reservedBytes);
      lock.unlock();
      try {
        reclaimer.accept(missing);
      } finally {
        lock.lock();
      }
    }
    return fits(bytes);
  }

  private boolean fits(long bytes) {
    return bytes <= limitBytes - reservedBytes;
  }

  private Reservation take(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("cannot reserve %s bytes".formatted(bytes));
    }
    reservedBytes += bytes;
    peakBytes = Math.max(peakBytes, reservedBytes);
    return new Reservation(bytes);
  }
}
