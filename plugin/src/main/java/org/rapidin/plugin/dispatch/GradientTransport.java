package org.rapidin.plugin.dispatch;

import java.util.concurrent.CompletionStage;
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

/**
 * Connects the node's gradient source to the other nodes: answers their questions from the models
 * that lie here, and lets the source ask them. Internal actions: no user can call them.
 */
public final class GradientTransport extends AbstractLifecycleComponent {
  static final String DOCUMENTS = "internal:rapidin/gradients/documents";
  static final String QUERY = "internal:rapidin/gradients/query";

  /**
   * @param transport registers the two actions
   * @param source gets to know the transport
   */
  @Inject
  public GradientTransport(TransportService transport, NodeGradientSource source) {
    GradientProvider local = source.local();
    // Reading the request is all that happens on the pool: gradients have threads of their own.
    transport.registerRequestHandler(
        DOCUMENTS,
        ThreadPool.Names.GENERIC,
        DocumentsRequest::new,
        (request, channel, task) ->
            answer(
                DOCUMENTS,
                request,
                channel,
                local.documents(request.attributor(), request.samples()),
                DocumentsResponse::new));
    transport.registerRequestHandler(
        QUERY,
        ThreadPool.Names.GENERIC,
        QueryRequest::new,
        (request, channel, task) ->
            answer(
                QUERY,
                request,
                channel,
                local.query(
                    request.attributor(),
                    request.generation(),
                    request.selection(),
                    request.perToken()),
                QueryResponse::new));
    source.connect(transport);
  }

  private static <T> void answer(
      String action,
      TransportRequest request,
      TransportChannel channel,
      CompletionStage<T> stage,
      Function<T, TransportResponse> response) {
    ChannelActionListener<TransportResponse, TransportRequest> listener =
        new ChannelActionListener<>(channel, action, request);
    stage.whenComplete(StageListeners.of(ActionListener.map(listener, response::apply)));
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {}
}
