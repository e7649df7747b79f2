package org.rapidin.plugin.dispatch;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.attributor.AttributorRegistry;

/** Answers {@link QueryGradientAction} from the cache, or from a node that has the model. */
public final class TransportQueryGradientAction
    extends HandledTransportAction<QueryGradientAction.Request, QueryGradientAction.Response> {
  private final AttributorRegistry registry;
  private final QueryGradients gradients;
  private final ThreadPool threadPool;

  @Inject
  public TransportQueryGradientAction(
      TransportService transport,
      ActionFilters filters,
      AttributorRegistry registry,
      QueryGradients gradients,
      ThreadPool threadPool) {
    super(QueryGradientAction.NAME, transport, filters, QueryGradientAction.Request::new);
    this.registry = registry;
    this.gradients = gradients;
    this.threadPool = threadPool;
  }

  @Override
  protected void doExecute(
      Task task,
      QueryGradientAction.Request request,
      ActionListener<QueryGradientAction.Response> listener) {
    // Before there is an answer: what it throws fails the listener, which must not be failed twice.
    ResolvedAttributor attributor = registry.require(request.attributor()).resolved();
    GuardedAnswer<QueryGradient> answer =
        GuardedAnswer.of(
            threadPool, (GradientTask) task, listener, QueryGradientAction.Response::new);
    answer.complete(gradients.get(attributor, request.generation()));
  }
}
