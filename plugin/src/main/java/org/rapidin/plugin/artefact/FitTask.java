package org.rapidin.plugin.artefact;

import java.util.Map;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;

/** The fitting of an artefact, which shows how far it is. */
final class FitTask extends CancellableTask {
  private volatile FitProgress progress = new FitProgress(0, 0, 0, 0);

  FitTask(
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
  public Status getStatus() {
    return progress;
  }

  /**
   * Shows progress if the work may go on.
   *
   * @throws TaskCancelledException if it was cancelled
   */
  void reached(FitProgress reached) {
    progress = reached;
    if (isCancelled()) {
      throw new TaskCancelledException(
          "the task was cancelled: %s".formatted(getReasonCancelled()));
    }
  }
}
