package org.rapidin.plugin.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.tasks.CancellableTask;
import org.rapidin.scorer.ScanEngine;

/**
 * The claim of one shard request to one permit, however many influence queries it has. It travels
 * in the thread context from the arrival of the request to the rewrite of its queries. Closing it,
 * which is idempotent, gives the permit back. Safe for many threads.
 */
public final class ScanTicket implements Releasable {
  private static final String TRANSIENT = "rapidin.scan_ticket";

  /** From the arrival of a request to its answer. */
  enum State {
    NEW,
    WAITING,
    HELD,
    EXPIRED,
    CANCELLED,
    CLOSED
  }

  private final ScanPermits permits;
  private final CancellableTask task;
  private final OptionalLong deadline;
  private final Optional<ShardId> shard;
  private volatile SharedProducts shared;
  // These two are guarded by this.
  private final List<Releasable> kept = new ArrayList<>();
  private boolean answered;
  // These three are guarded by the permits.
  State state = State.NEW;
  long waitingSince;
  final List<ActionListener<Boolean>> listeners = new ArrayList<>();

  /**
   * @param task of the request, or null
   * @param deadline nanoseconds of {@link System#nanoTime} after which it need not be answered
   * @param shard of which the request scans all rows, if it does
   */
  ScanTicket(
      ScanPermits permits, CancellableTask task, OptionalLong deadline, Optional<ShardId> shard) {
    this.permits = permits;
    this.task = task;
    this.deadline = deadline;
    this.shard = shard;
  }

  /** The ticket of the shard request that runs in the context. */
  public static Optional<ScanTicket> bound(ThreadContext context) {
    return Optional.ofNullable(context.getTransient(TRANSIENT));
  }

  /**
   * Puts this ticket in place of the one in the context.
   *
   * @return restores the caller's context when closed
   */
  ThreadContext.StoredContext bind(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /**
   * Waits for the permit without a thread.
   *
   * @param listener receives true with the permit, false if the request's time is over; called on
   *     the generic pool or by the caller, in the caller's thread context
   */
  public void acquire(ActionListener<Boolean> listener) {
    permits.acquire(this, listener);
  }

  /**
   * As {@link #acquire(ActionListener)}. If the request scans all rows of its shard, scans of other
   * requests may compute its products meanwhile.
   *
   * @param field whose rows are scanned
   * @param vector the query, float32, length K; not to be changed
   */
  public void acquire(String field, float[] vector, ActionListener<Boolean> listener) {
    share(field, vector);
    acquire(listener);
  }

  /** Two queries of one request may get here at once. */
  private synchronized void share(String field, float[] vector) {
    if (shard.isPresent() && shared == null) {
      shared = new SharedProducts(shard.get(), field, vector, permits::reserve);
    }
  }

  /**
   * Closes something with the reader context of the request, or with this ticket if the request
   * opens none.
   */
  public void keep(Releasable use) {
    synchronized (this) {
      if (!answered) {
        kept.add(use);
        return;
      }
    }
    use.close();
  }

  /** Returns what the request {@link #keep keeps}, for its reader context to close. */
  synchronized List<Releasable> handOver() {
    List<Releasable> all = List.copyOf(kept);
    kept.clear();
    return all;
  }

  /** Returns an engine that also scans for waiting requests, if this request scans all rows. */
  public ScanEngine sharing(ScanEngine engine) {
    return shared == null ? engine : new SharingEngine(engine, this, shared);
  }

  /** The products that other requests want of the same rows, in the order of their requests. */
  List<SharedProducts> companions() {
    return permits.companions(this);
  }

  /** The products that other scans computed for this request, or null if it shares none. */
  SharedProducts shared() {
    return shared;
  }

  boolean isCancelled() {
    return task != null && task.isCancelled();
  }

  boolean isExpired(long now) {
    return deadline.isPresent() && now - deadline.getAsLong() >= 0;
  }

  @Override
  public void close() {
    permits.release(this);
    List<Releasable> ended;
    synchronized (this) {
      answered = true;
      ended = handOver();
    }
    Releasables.close(ended);
    if (shared != null) {
      shared.close();
    }
  }
}
