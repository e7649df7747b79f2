package org.rapidin.plugin.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.CancellableTask;

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
  // These three are guarded by the permits.
  State state = State.NEW;
  long waitingSince;
  final List<ActionListener<Boolean>> listeners = new ArrayList<>();

  ScanTicket(ScanPermits permits, CancellableTask task, OptionalLong deadline) {
    this.permits = permits;
    this.task = task;
    this.deadline = deadline;
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

  boolean isCancelled() {
    return task != null && task.isCancelled();
  }

  boolean isExpired(long now) {
    return deadline.isPresent() && now - deadline.getAsLong() >= 0;
  }

  @Override
  public void close() {
    permits.release(this);
  }
}
