package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;

/**
 * The search, bulk or other request that gradients are computed for, or the part of a search that a
 * shard serves. It travels in the thread context from where it is created to the place where a
 * gradient is requested or another node is waited for, because neither rewrite contexts nor ingest
 * processors know their task.
 *
 * @param parent task of the request; cancelling it cancels its gradients
 * @param deadline {@link System#nanoTime} after which its client no longer waits; empty: no limit
 * @param task that ends waits when it is cancelled; null if it cannot be
 */
public record RequestOrigin(TaskId parent, OptionalLong deadline, CancellableTask task) {
  private static final String TRANSIENT = "rapidin.request_origin";

  /** No request: nothing cancels the gradient, and it has no deadline. */
  static final RequestOrigin NONE =
      new RequestOrigin(TaskId.EMPTY_TASK_ID, OptionalLong.empty(), null);

  /**
   * Creates the origin of a request that begins now.
   *
   * @param node id of this node
   * @param timeout null or negative for no deadline
   */
  public static RequestOrigin startingNow(String node, Task task, TimeValue timeout) {
    return new RequestOrigin(new TaskId(node, task.getId()), deadline(timeout), cancellable(task));
  }

  /**
   * Creates the origin of a shard's part of a search, which computes no gradients, but waits for
   * them.
   *
   * @param timeout what is left for it; null or negative for no deadline
   */
  public static RequestOrigin ofShard(Task task, TimeValue timeout) {
    return new RequestOrigin(TaskId.EMPTY_TASK_ID, deadline(timeout), cancellable(task));
  }

  private static OptionalLong deadline(TimeValue timeout) {
    return timeout == null || timeout.nanos() < 0
        ? OptionalLong.empty()
        : OptionalLong.of(System.nanoTime() + timeout.nanos());
  }

  private static CancellableTask cancellable(Task task) {
    return task instanceof CancellableTask each ? each : null;
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
   * Ends a wait for another node when the request in the thread context no longer wants the answer:
   * at its deadline, or when it is cancelled.
   *
   * @param what is missing at the deadline, in a sentence
   * @param late takes an answer that comes afterwards
   * @return calls the listener once, in the caller's thread context; at the deadline, with a fault
   *     that {@link GradientFaults#isTimeout} knows
   */
  public static <T> ActionListener<T> whileWanted(
      ThreadPool threadPool, String what, ActionListener<T> listener, Consumer<T> late) {
    RequestOrigin origin = bound(threadPool.getThreadContext());
    return origin.deadline.isEmpty() && origin.task == null
        ? listener
        : new RequestWait<>(origin, threadPool, what, listener, late).start(threadPool);
  }

  boolean isCancelled() {
    return task != null && task.isCancelled();
  }

  boolean isOver() {
    return deadline.isPresent() && System.nanoTime() - deadline.getAsLong() >= 0;
  }

  /** Time until the deadline, at least 1 ms; null without a deadline. */
  public TimeValue remaining() {
    if (deadline.isEmpty()) {
      return null;
    }
    long nanos = deadline.getAsLong() - System.nanoTime();
    return TimeValue.timeValueMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
  }
}
