package org.rapidin.plugin.action;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.ingest.SimulatePipelineAction;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.ingest.Simulation;

/** Tells the processor that a pipeline is only simulated. */
public final class SimulationFilter implements ActionFilter {
  private final ThreadContext threadContext;

  /**
   * @param threadContext carries the mark to the processor
   */
  public SimulationFilter(ThreadContext threadContext) {
    this.threadContext = threadContext;
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (!SimulatePipelineAction.NAME.equals(action)) {
      chain.proceed(task, action, request, listener);
      return;
    }
    try (ThreadContext.StoredContext caller = Simulation.begin(threadContext)) {
      chain.proceed(task, action, request, listener);
    }
  }
}
