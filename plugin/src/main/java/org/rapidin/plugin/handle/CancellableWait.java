package org.rapidin.plugin.handle;

import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/** Ends the wait for another node when the request that waits is cancelled. */
final class CancellableWait {
  // A cancelled request must end within 100 ms.
  private static final TimeValue INTERVAL = TimeValue.timeValueMillis(50);

  private CancellableWait() {}

  /**
   * Returns a listener that fails when the task is cancelled; what comes afterwards is dropped.
   *
   * @param task that waits
   * @param listener is called once
   */
  static <T> ActionListener<T> of(Task task, ThreadPool threadPool, ActionListener<T> listener) {
    if (!(task instanceof CancellableTask waiting)) {
      return listener;
    }
    ActionListener<T> once =
        ActionListener.notifyOnce(
            ContextPreservingActionListener.wrapPreservingContext(
                listener, threadPool.getThreadContext()));
    Scheduler.Cancellable checks =
        threadPool.scheduleWithFixedDelay(
            () -> {
              if (waiting.isCancelled()) {
                once.onFailure(
                    new TaskCancelledException("cancelled while waiting for another node"));
              }
            },
            INTERVAL,
            ThreadPool.Names.GENERIC);
    return ActionListener.runBefore(once, checks::cancel);
  }
}
