package org.rapidin.plugin.dispatch;

import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.TaskManager;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Registers gradients as tasks, children of the request that needs them. */
record GradientTasks(TransportService transport) {

  /**
   * A registered task, to be closed when the gradient is computed.
   *
   * @param task cancelled with its parent
   */
  record Registered(GradientTask task, Releasable release) implements AutoCloseable {
    @Override
    public void close() {
      release.close();
    }
  }

  /**
   * Registers a task.
   *
   * @param request creates a {@link GradientTask}
   * @throws org.opensearch.core.tasks.TaskCancelledException if the parent was cancelled
   */
  Registered register(String action, TransportRequest request, TaskId parent) {
    TaskManager tasks = transport.getTaskManager();
    request.setParentTask(parent);
    Releasable child =
        parent.isSet()
            ? tasks.registerChildNode(parent.getId(), transport.getLocalNode())
            : () -> {};
    try {
      GradientTask task = (GradientTask) tasks.register("transport", action, request);
      return new Registered(
          task,
          Releasables.releaseOnce(() -> Releasables.close(child, () -> tasks.unregister(task))));
    } catch (RuntimeException e) {
      child.close();
      throw e;
    }
  }

  /** Cancels a task, and on other nodes what it started there. */
  void cancel(GradientTask task, String reason) {
    ThreadContext context = transport.getThreadPool().getThreadContext();
    // Messages that cancel tasks are internal: they must not carry a user.
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.markAsSystemContext();
      transport
          .getTaskManager()
          .cancelTaskAndDescendants(task, reason, false, ActionListener.wrap(() -> {}));
    }
  }
}
