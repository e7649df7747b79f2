package org.rapidin.plugin.dispatch;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;

/** The computation of gradients as {@code _tasks} shows it. Safe for many threads. */
final class GradientTask extends CancellableTask {
  private final CompletableFuture<String> cancelled = new CompletableFuture<>();

  GradientTask(
      long id,
      String type,
      String action,
      String description,
      TaskId parent,
      Map<String, String> headers) {
    super(id, type, action, description, parent, headers);
  }

  @Override
  public boolean shouldCancelChildrenOnCancellation() {
    return true;
  }

  @Override
  protected void onCancelled() {
    cancelled.complete(getReasonCancelled());
  }

  /** Calls the listener with the reason when the task is cancelled, at once if it is already. */
  void whenCancelled(Consumer<String> listener) {
    cancelled.thenAccept(listener);
  }
}
