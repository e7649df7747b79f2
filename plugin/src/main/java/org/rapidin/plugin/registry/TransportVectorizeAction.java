package org.rapidin.plugin.registry;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.dispatch.NodeGradientSource;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.dispatch.StageListeners;
import org.rapidin.plugin.dispatch.VectorMemory;

/**
 * Answers {@link VectorizeAction} from wherever the model is. The answer's bytes are reserved
 * before anything is computed.
 */
public final class TransportVectorizeAction
    extends HandledTransportAction<VectorizeAction.Request, VectorizeAction.Response> {
  private final TransportService transport;
  private final NodeGradientSource gradients;
  private final AttributorRegistry registry;
  private final CircuitBreakerService breakers;

  @Inject
  public TransportVectorizeAction(
      TransportService transportService,
      ActionFilters filters,
      NodeGradientSource gradients,
      AttributorRegistry registry,
      CircuitBreakerService breakers) {
    super(VectorizeAction.NAME, transportService, filters, VectorizeAction.Request::new);
    this.transport = transportService;
    this.gradients = gradients;
    this.registry = registry;
    this.breakers = breakers;
  }

  @Override
  protected void doExecute(
      Task task,
      VectorizeAction.Request request,
      ActionListener<VectorizeAction.Response> listener) {
    VectorReservation reservation =
        new VectorReservation(breakers.getBreaker(VectorMemory.BREAKER));
    ActionListener<VectorizeAction.Response> releasing =
        ActionListener.runAfter(listener, reservation::close);
    ResolvedAttributor attributor;
    try {
      attributor = registry.require(request.attributor()).resolved();
      long bytes = bytesPerAnswer(attributor.spec().dimension());
      reservation.reserve(request.samples().size() * bytes);
    } catch (RuntimeException e) {
      releasing.onFailure(e);
      return;
    }
    RequestOrigin origin = RequestOrigin.startingNow(transport.getLocalNode().getId(), task, null);
    try (ThreadContext.StoredContext ignored =
        origin.bind(transport.getThreadPool().getThreadContext())) {
      gradients
          .documents(attributor, request.samples())
          .whenComplete(
              StageListeners.of(ActionListener.map(releasing, VectorizeAction.Response::new)));
    }
  }

  /** Float32, its base64 text, and that text in the response. */
  private static long bytesPerAnswer(int dimension) {
    long floats = (long) dimension * Float.BYTES;
    return floats + 2 * (floats * 4 / 3);
  }
}
