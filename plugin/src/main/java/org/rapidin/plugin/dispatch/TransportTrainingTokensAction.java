package org.rapidin.plugin.dispatch;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.attributor.AttributorRegistry;

/** Answers {@link TrainingTokensAction} from a node that has the model. */
public final class TransportTrainingTokensAction
    extends HandledTransportAction<TrainingTokensAction.Request, TrainingTokensAction.Response> {
  private final AttributorRegistry registry;
  private final NodeGradientSource gradients;
  private final ThreadPool threadPool;

  @Inject
  public TransportTrainingTokensAction(
      TransportService transport,
      ActionFilters filters,
      AttributorRegistry registry,
      NodeGradientSource gradients,
      ThreadPool threadPool) {
    super(TrainingTokensAction.NAME, transport, filters, TrainingTokensAction.Request::new);
    this.registry = registry;
    this.gradients = gradients;
    this.threadPool = threadPool;
  }

  @Override
  protected void doExecute(
      Task task,
      TrainingTokensAction.Request request,
      ActionListener<TrainingTokensAction.Response> listener) {
    // Whoever called this answers for what is thrown before there is an answer.
    ResolvedAttributor attributor = registry.require(request.attributor()).resolved();
    GuardedAnswer<TrainingTokens> answer =
        new GuardedAnswer<>(threadPool, RequestOrigin.bound(threadPool.getThreadContext()));
    answer
        .future()
        .whenComplete(
            StageListeners.of(ActionListener.map(listener, TrainingTokensAction.Response::new)));
    answer.endWith((GradientTask) task);
    if (!attributor.fingerprint().equals(request.fingerprint())) {
      answer.fail(
          new IllegalArgumentException(
              "attributor [%s] had fingerprint [%s] when the vectors were made, it now has [%s]: _reindex into a new index"
                  .formatted(attributor.id(), request.fingerprint(), attributor.fingerprint())));
      return;
    }
    answer.complete(gradients.trainingTokens(attributor, request.document(), request.vectors()));
  }
}
