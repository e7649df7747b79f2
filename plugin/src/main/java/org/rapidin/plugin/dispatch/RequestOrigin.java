package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/**
 * The search, bulk or other request that gradients are computed for. It travels in the thread
 * context from the action filter that creates it to the place where a gradient is requested,
 * because neither rewrite contexts nor ingest processors know their task.
 *
 * @param parent task of the request; cancelling it cancels its gradients
 * @param deadline {@link System#nanoTime} after which its client no longer waits; empty: no limit
 */
public record RequestOrigin(TaskId parent, OptionalLong deadline) {
  private static final String TRANSIENT = "rapidin.request_origin";

  /** No request: nothing cancels the gradient, and it has no deadline. */
  static final RequestOrigin NONE = new RequestOrigin(TaskId.EMPTY_TASK_ID, OptionalLong.empty());

  /**
   * Creates an origin whose deadline is a time from now.
   *
   * @param timeout null or negative for no deadline
   */
  public static RequestOrigin startingNow(TaskId parent, TimeValue timeout) {
    return new RequestOrigin(
        parent,
        timeout == null || timeout.nanos() < 0
            ? OptionalLong.empty()
            : OptionalLong.of(System.nanoTime() + timeout.nanos()));
  }

  /**
   * Puts this origin in place of the one in the context.
   *
   * @return restores the caller's context when closed
   */
  public ThreadContext.StoredContext bind(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /** As {@link #bind}, for a search, whose gradients wait for one another where queues are full. */
  public ThreadContext.StoredContext bindSearch(ThreadContext context) {
    ThreadContext.StoredContext caller = bind(context);
    new SearchTurns().begin(context);
    return caller;
  }

  /** The origin in the context; one without a task and a deadline if there is none. */
  public static RequestOrigin bound(ThreadContext context) {
    RequestOrigin origin = context.getTransient(TRANSIENT);
    return origin == null ? NONE : origin;
  }

  /**
   * Ends a wait at the deadline of the request in the thread context.
   *
   * @param what is missing then, in a sentence
   * @param late takes an answer that comes afterwards
   * @return calls the listener once, in the caller's thread context; at the deadline, with a fault
   *     that {@link GradientFaults#isTimeout} knows
   */
  public static <T> ActionListener<T> untilDeadline(
      ThreadPool threadPool, String what, ActionListener<T> listener, Consumer<T> late) {
    TimeValue remaining = bound(threadPool.getThreadContext()).remaining();
    if (remaining == null) {
      return listener;
    }
    ActionListener<T> caller =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    AtomicBoolean ended = new AtomicBoolean();
    Scheduler.Cancellable timer =
        threadPool.schedule(
            () -> {
              if (ended.compareAndSet(false, true)) {
                caller.onFailure(GradientFaults.timeout(what));
              }
            },
            remaining,
            ThreadPool.Names.GENERIC);
    return ActionListener.wrap(
        answer -> {
          timer.cancel();
          if (ended.compareAndSet(false, true)) {
            respond(caller, answer);
          } else {
            late.accept(answer);
          }
        },
        fault -> {
          timer.cancel();
          if (ended.compareAndSet(false, true)) {
            caller.onFailure(fault);
          }
        });
  }

  /** A fault of the caller's own is the caller's answer. */
  private static <T> void respond(ActionListener<T> caller, T answer) {
    try {
      caller.onResponse(answer);
    } catch (Exception e) {
      caller.onFailure(e);
    }
  }

  /** Time until the deadline, at least 1 ms; null without a deadline. */
  TimeValue remaining() {
    if (deadline.isEmpty()) {
      return null;
    }
    long nanos = deadline.getAsLong() - System.nanoTime();
    return TimeValue.timeValueMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
  }
}
