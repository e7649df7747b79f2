package org.rapidin.plugin.guard;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.ingest.SimulatePipelineAction;
import org.opensearch.action.ingest.SimulatePipelineRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.ingest.Simulation;

/** Marks the thread context of a simulated pipeline for the processor. */
public final class SimulationFilter extends SingleActionFilter {
  private final ThreadContext threadContext;

  /**
   * @param threadContext carries the mark to the processor
   */
  public SimulationFilter(ThreadContext threadContext) {
    super(SimulatePipelineAction.NAME, SimulatePipelineRequest.class);
    this.threadContext = threadContext;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    try (ThreadContext.StoredContext caller = Simulation.begin(threadContext)) {
      chain.proceed(task, SimulatePipelineAction.NAME, request, listener);
    }
  }
}
