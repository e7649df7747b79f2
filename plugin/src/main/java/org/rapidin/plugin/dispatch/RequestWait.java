package org.rapidin.plugin.dispatch;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/**
 * A wait that ends with its answer, at the deadline of the request that waits, or when that is
 * cancelled. Safe for many threads.
 */
final class RequestWait<T> implements ActionListener<T> {
  // A cancelled request must end within 100 ms.
  private static final TimeValue INTERVAL = TimeValue.timeValueMillis(50);

  private final RequestOrigin origin;
  private final String what;
  private final ActionListener<T> listener;
  private final Consumer<T> late;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile Scheduler.Cancellable checks;

  /**
   * @param what is missing at the deadline, in a sentence
   * @param listener is called once, in the caller's thread context
   * @param late takes an answer that comes afterwards
   */
  RequestWait(
      RequestOrigin origin,
      ThreadPool threadPool,
      String what,
      ActionListener<T> listener,
      Consumer<T> late) {
    this.origin = origin;
    this.what = what;
    this.listener =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    this.late = late;
  }

  RequestWait<T> start(ThreadPool threadPool) {
    checks = threadPool.scheduleWithFixedDelay(this::check, INTERVAL, ThreadPool.Names.GENERIC);
    return this;
  }

  private void check() {
    if (ended.get()) {
      stop();
    } else if (origin.isCancelled()) {
      onFailure(new TaskCancelledException("cancelled while waiting for another node"));
    } else if (origin.isOver()) {
      onFailure(GradientFaults.timeout(what));
    }
  }

  private void stop() {
    Scheduler.Cancellable running = checks;
    if (running != null) { // else the next check stops
      running.cancel();
    }
  }

  @Override
  public void onResponse(T answer) {
    if (!ended.compareAndSet(false, true)) {
      late.accept(answer);
      return;
    }
    stop();
    try {
      listener.onResponse(answer);
    } catch (Exception e) { // a fault of the caller's own is the caller's answer
      listener.onFailure(e);
    }
  }

  @Override
  public void onFailure(Exception fault) {
    if (ended.compareAndSet(false, true)) {
      stop();
      listener.onFailure(fault);
    }
  }
}
