package org.rapidin.plugin.node;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/** Long work, which can be cancelled and shows how far it is. Safe for many threads. */
public final class ProgressTask extends CancellableTask {
  private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
  private volatile Task.Status progress;

  /** A task that has no status yet; arguments as for {@link Task}. */
  public ProgressTask(
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
    cancelled.complete(null);
  }

  /** Runs something when the task is cancelled, at once if it is already. */
  public void whenCancelled(Runnable action) {
    cancelled.thenRun(action);
  }

  /** Null before the first progress, and for a request whose children have the status. */
  @Override
  public Task.Status getStatus() {
    return progress;
  }

  /**
   * Returns if the work may go on.
   *
   * @throws TaskCancelledException if it was cancelled
   */
  public void check() {
    if (isCancelled()) {
      throw new TaskCancelledException(
          "the task was cancelled: %s".formatted(getReasonCancelled()));
    }
  }

  /**
   * Waits for some time, or until the task is cancelled.
   *
   * @throws TaskCancelledException if it was cancelled, or the node stops
   */
  public void pause(TimeValue time) {
    try {
      cancelled.get(time.millis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskCancelledException("the node stops");
    } catch (ExecutionException e) {
      throw new AssertionError(e); // it is only ever completed
    }
    check();
  }

  /** Shows how far the work is; null if other tasks show it. */
  public void progress(Task.Status reached) {
    progress = reached;
  }
}
