package org.rapidin.plugin.handle;

import org.opensearch.action.support.ChannelActionListener;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.threadpool.Scheduler.Cancellable;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/**
 * Answers other nodes from this node's {@link GradientStore}, and lets this node ask them. The
 * actions are internal: users cannot call them.
 */
public final class HandleTransport extends AbstractLifecycleComponent {
  static final String VECTOR = "internal:rapidin/handles/vector";
  static final String TOKENS = "internal:rapidin/handles/tokens";
  static final String INFLUENCES = "internal:rapidin/handles/influences";
  static final String GIVE_BACK = "internal:rapidin/handles/give_back";

  private static final TimeValue EXPIRY_INTERVAL = TimeValue.timeValueSeconds(30);

  private final TransportService transport;
  private final GradientHandles handles;
  private Cancellable expiry;

  /**
   * Registers the actions.
   *
   * @param transport of this node
   * @param handles of this node
   */
  @Inject
  public HandleTransport(TransportService transport, GradientHandles handles) {
    this.transport = transport;
    this.handles = handles;
    register(
        VECTOR,
        KeyRequest::new,
        request -> new GradientResponse(handles.require(request.key()).gradient()));
    register(TOKENS, KeyRequest::new, request -> new TokensResponse(tokens(request.key())));
    register(
        INFLUENCES,
        InfluencesRequest::new,
        request -> new InfluencesResponse(tokens(request.key()).influences(request.rows())));
    register(
        GIVE_BACK,
        KeyRequest::new,
        request -> {
          handles.givenBack(request.key());
          return TransportResponse.Empty.INSTANCE;
        });
    handles.connect(transport);
  }

  private TokenVectors tokens(GradientKey key) {
    return handles
        .require(key)
        .tokens()
        .orElseThrow(() -> LostGradients.lost(transport.getLocalNode().getId(), null));
  }

  private <Q extends TransportRequest, R extends TransportResponse> void register(
      String action, Writeable.Reader<Q> reader, CheckedFunction<Q, R, Exception> answer) {
    transport.registerRequestHandler(
        action,
        ThreadPool.Names.GENERIC,
        reader,
        (request, channel, task) ->
            ActionListener.completeWith(
                new ChannelActionListener<R, Q>(channel, action, request),
                () -> answer.apply(request)));
  }

  @Override
  protected void doStart() {
    expiry =
        transport
            .getThreadPool()
            .scheduleWithFixedDelay(
                handles.store()::expire, EXPIRY_INTERVAL, ThreadPool.Names.GENERIC);
  }

  @Override
  protected void doStop() {
    expiry.cancel();
  }

  @Override
  protected void doClose() {}
}
