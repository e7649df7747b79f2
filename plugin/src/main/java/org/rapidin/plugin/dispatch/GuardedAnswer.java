package org.rapidin.plugin.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext.StoredContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/**
 * The answer to one request for gradients, and the only place where the thread and its context
 * change: it completes on the generic pool, in the context of the thread that created it. It ends
 * with the work, the task, the deadline or the caller's {@code cancel}, whichever comes first, and
 * then stops the rest. Safe for many threads.
 *
 * @param <T> type of the answer
 */
final class GuardedAnswer<T> {
  private final ThreadPool threadPool;
  private final Supplier<StoredContext> caller;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Scheduler.Cancellable timer;
  private volatile CompletableFuture<T> work;
  private volatile Runnable onEnd = () -> {};

  /**
   * @param origin whose deadline ends the answer
   */
  GuardedAnswer(ThreadPool threadPool, RequestOrigin origin) {
    this.threadPool = threadPool;
    this.caller = threadPool.getThreadContext().newRestorableContext(true);
    this.timer = timer(origin.remaining());
    answer.whenComplete(
        (value, fault) -> {
          if (answer.isCancelled() && ended.compareAndSet(false, true)) {
            stop();
          }
        });
  }

  /**
   * An answer for an action's listener, which ends at the deadline of the request and when the task
   * is cancelled.
   *
   * @param response makes the action's response of the result
   */
  static <T, R> GuardedAnswer<T> of(
      ThreadPool threadPool,
      GradientTask task,
      ActionListener<R> listener,
      CheckedFunction<T, R, Exception> response) {
    GuardedAnswer<T> answer =
        new GuardedAnswer<>(threadPool, RequestOrigin.bound(threadPool.getThreadContext()));
    answer.answer.whenComplete(StageListeners.of(ActionListener.map(listener, response)));
    answer.endWith(task);
    return answer;
  }

  private Scheduler.Cancellable timer(TimeValue remaining) {
    return remaining == null
        ? null
        : threadPool.schedule(
            () -> fail(GradientFaults.timeout("no gradient within the timeout of the request")),
            remaining,
            ThreadPool.Names.GENERIC);
  }

  /** The answer; cancelling it stops the work. */
  CompletableFuture<T> future() {
    return answer;
  }

  /**
   * Sets what runs when the answer ends, before the caller gets it; running it twice must be safe.
   */
  void onEnd(Runnable action) {
    onEnd = action;
    if (ended.get()) { // by its deadline, while the work was prepared
      action.run();
    }
  }

  /** Ends the answer when the task is cancelled. */
  void endWith(GradientTask task) {
    task.whenCancelled(
        reason -> fail(new TaskCancelledException("task cancelled [%s]".formatted(reason))));
  }

  /** Completes the answer with the result of the work. */
  void complete(CompletableFuture<T> running) {
    work = running;
    if (ended.get()) {
      running.cancel(true);
    }
    running.whenComplete(
        (value, fault) -> {
          if (fault == null) {
            end(() -> answer.complete(value));
          } else {
            fail(fault);
          }
        });
  }

  /** Fails the answer. */
  void fail(Throwable fault) {
    Exception translated = GradientFaults.asException(fault);
    end(() -> answer.completeExceptionally(translated));
  }

  private void end(Runnable completion) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    stop();
    try {
      threadPool.generic().execute(() -> complete(completion));
    } catch (RejectedExecutionException shuttingDown) { // the caller waits even so
      completion.run();
    }
  }

  private void complete(Runnable completion) {
    try (StoredContext ignored = caller.get()) {
      completion.run();
    }
  }

  private void stop() {
    if (timer != null) {
      timer.cancel();
    }
    CompletableFuture<T> running = work;
    if (running != null) {
      running.cancel(true);
    }
    onEnd.run();
  }
}
