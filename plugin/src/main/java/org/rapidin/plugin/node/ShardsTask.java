package org.rapidin.plugin.node;

import java.util.Map;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;

/** Work on the shards of some indices, or a node's part of it, which shows how far it is. */
final class ShardsTask extends CancellableTask {
  private volatile ShardsProgress progress;

  ShardsTask(
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

  /** Null for the whole request: its children have the status. */
  @Override
  public Status getStatus() {
    return progress;
  }

  /**
   * Returns if the work may go on.
   *
   * @throws TaskCancelledException if it was cancelled
   */
  void check() {
    if (isCancelled()) {
      throw new TaskCancelledException(
          "the task was cancelled: %s".formatted(getReasonCancelled()));
    }
  }

  void progress(ShardsProgress reached) {
    progress = reached;
  }
}
