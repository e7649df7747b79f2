package org.rapidin.plugin.dispatch;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.opensearch.action.support.ChannelActionListener;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.handle.TokenVectors;

/**
 * Connects the node's gradient source to the other nodes: computes for them with this node's
 * models, and lets the source ask them. Internal actions: users cannot call them. A request is a
 * cancellable task, which ends its computation when it is cancelled, its parent is, or the
 * connection closes.
 */
public final class GradientTransport extends AbstractLifecycleComponent {
  static final String DOCUMENTS = "internal:rapidin/gradients/documents";
  static final String QUERY = "internal:rapidin/gradients/query";
  static final String TRAINING_TOKENS = "internal:rapidin/gradients/training_tokens";

  private final LocalGradients local;
  private final GradientHandles handles;
  private final Executor generic;

  /**
   * @param transport registers the actions
   * @param source is connected to the transport
   * @param handles keeps the vectors of tokens that are computed for other nodes
   */
  @Inject
  public GradientTransport(
      TransportService transport, NodeGradientSource source, GradientHandles handles) {
    this.local = source.local();
    this.handles = handles;
    this.generic = transport.getThreadPool().generic();
    // Only the request is read on this pool: gradients have threads of their own.
    transport.registerRequestHandler(
        DOCUMENTS,
        ThreadPool.Names.GENERIC,
        DocumentsRequest::new,
        (request, channel, task) ->
            answer(
                (GradientTask) task,
                local.documents(request.attributor(), request.samples()),
                listener(DOCUMENTS, request, channel),
                results -> new DocumentsResponse(local.waiting(), results)));
    transport.registerRequestHandler(
        QUERY,
        ThreadPool.Names.GENERIC,
        QueryRequest::new,
        (request, channel, task) ->
            answer(
                (GradientTask) task,
                local.query(request),
                listener(QUERY, request, channel),
                gradient -> response(request, gradient)));
    transport.registerRequestHandler(
        TRAINING_TOKENS,
        ThreadPool.Names.GENERIC,
        TrainingTokensRequest::new,
        (request, channel, task) ->
            answer(
                (GradientTask) task,
                local.trainingTokens(request),
                listener(TRAINING_TOKENS, request, channel),
                tokens -> new TrainingTokensResponse(local.waiting(), tokens)));
    source.connect(transport, handles);
  }

  /** The vectors of tokens stay here, and hits are sent to them. */
  private QueryResponse response(QueryRequest request, QueryGradient gradient) {
    if (!request.generation().perToken()) {
      return new QueryResponse(local.waiting(), gradient, Optional.empty());
    }
    ResolvedAttributor attributor = request.attributor();
    GradientKey lent =
        handles.lend(
            ResolvedGradient.of(gradient, attributor.id(), attributor.spec().model()),
            TokenVectors.of(gradient));
    return new QueryResponse(local.waiting(), gradient.withoutTokenVectors(), Optional.of(lent));
  }

  private static ActionListener<TransportResponse> listener(
      String action, TransportRequest request, TransportChannel channel) {
    return new ChannelActionListener<>(channel, action, request);
  }

  private <T> void answer(
      GradientTask task,
      CompletableFuture<T> work,
      ActionListener<TransportResponse> listener,
      Function<T, TransportResponse> response) {
    task.whenCancelled(reason -> work.cancel(true));
    work.whenCompleteAsync(
        StageListeners.of(ActionListener.map(listener, response::apply)), generic);
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {}
}
