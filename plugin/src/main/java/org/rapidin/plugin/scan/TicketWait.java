package org.rapidin.plugin.scan;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/**
 * A wait that ends with its answer, when the time of its shard request is over, or when that is
 * cancelled. Safe for many threads.
 */
final class TicketWait<T> implements ActionListener<T> {
  private final ScanTicket ticket;
  private final ThreadPool threadPool;
  private final ActionListener<Optional<T>> listener;
  private final Consumer<T> late;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile Scheduler.Cancellable checks;

  /**
   * @param listener receives empty when the time is over; called in the caller's thread context
   * @param late takes an answer that comes afterwards
   */
  TicketWait(
      ScanTicket ticket,
      ThreadPool threadPool,
      ActionListener<Optional<T>> listener,
      Consumer<T> late) {
    this.ticket = ticket;
    this.threadPool = threadPool;
    this.listener =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    this.late = late;
  }

  TicketWait<T> start() {
    checks =
        threadPool.scheduleWithFixedDelay(this::check, ScanPermits.SWEEP, ThreadPool.Names.GENERIC);
    return this;
  }

  private void check() {
    if (ended.get()) {
      checks.cancel();
    } else if (ticket.isCancelled()) {
      onFailure(new TaskCancelledException("cancelled while waiting for an artefact"));
    } else if (ticket.isExpired(System.nanoTime()) && ends()) {
      respond(Optional.empty());
    }
  }

  private void respond(Optional<T> answer) {
    try {
      listener.onResponse(answer);
    } catch (Exception e) {
      listener.onFailure(e);
    }
  }

  private boolean ends() {
    return ended.compareAndSet(false, true);
  }

  @Override
  public void onResponse(T answer) {
    if (ends()) {
      checks.cancel();
      respond(Optional.of(answer));
    } else {
      late.accept(answer);
    }
  }

  @Override
  public void onFailure(Exception fault) {
    if (ends()) {
      if (checks != null) {
        checks.cancel();
      }
      listener.onFailure(fault);
    }
  }
}
