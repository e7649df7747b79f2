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
    // Before there is an answer: what it throws fails the listener, which must not be failed twice.
    ResolvedAttributor attributor = registry.require(request.attributor()).resolved();
    GuardedAnswer<TrainingTokens> answer =
        GuardedAnswer.of(
            threadPool, (GradientTask) task, listener, TrainingTokensAction.Response::new);
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
