package org.rapidin.plugin.action;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.gradient.Completion;
import org.rapidin.plugin.gradient.NodeGradientSource;

/** Answers {@link VectorizeAction} from wherever the model is. */
public final class TransportVectorizeAction
    extends HandledTransportAction<VectorizeAction.Request, VectorizeAction.Response> {
  private final NodeGradientSource gradients;

  @Inject
  public TransportVectorizeAction(
      TransportService transportService, ActionFilters filters, NodeGradientSource gradients) {
    super(VectorizeAction.NAME, transportService, filters, VectorizeAction.Request::new);
    this.gradients = gradients;
  }

  @Override
  protected void doExecute(
      Task task,
      VectorizeAction.Request request,
      ActionListener<VectorizeAction.Response> listener) {
    gradients
        .documents(request.attributor(), request.samples())
        .whenComplete(Completion.of(ActionListener.map(listener, VectorizeAction.Response::new)));
  }
}
