package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.wire.ForwardingChannel;

/** Sends a shard's answer when the influences on tokens that it waits for are there. */
final class TokenChannel extends ForwardingChannel {
  private static final String TOO_LATE =
      "not computed within the timeout of the search: raise it, or ask for fewer hits";

  private final TransportChannel channel;
  private final String action;
  private final TransportRequest request;
  private final Supplier<GradientHandles> handles;

  TokenChannel(
      TransportChannel channel,
      String action,
      TransportRequest request,
      Supplier<GradientHandles> handles) {
    super(channel);
    this.channel = channel;
    this.action = action;
    this.request = request;
    this.handles = handles;
  }

  @Override
  public void sendResponse(TransportResponse response) throws IOException {
    Set<PendingTokens> pending = PendingTokens.of(response);
    if (pending.isEmpty()) {
      channel.sendResponse(response);
      return;
    }
    ActionListener<Collection<Void>> answer =
        ActionListener.wrap(
            done -> channel.sendResponse(response),
            fault -> TransportChannel.sendErrorResponse(channel, action, request, fault));
    GroupedActionListener<Void> all = new GroupedActionListener<>(answer, pending.size());
    pending.forEach(each -> complete(each, all));
  }

  private void complete(PendingTokens pending, ActionListener<Void> listener) {
    switch (pending) {
      case PendingTokens.Failed(Exception fault) -> listener.onFailure(fault);
      case PendingTokens.Waiting(HitTokens tokens, var reservation) -> {
        Optional<HeldGradient> held = handles.get().find(tokens.query().handle().key());
        handles
            .get()
            .influences(
                held.map(HeldGradient::handle).orElse(tokens.query().handle()),
                tokens.rows(),
                ActionListener.runBefore(written(tokens, listener), reservation::close));
      }
    }
  }

  /** An answer that comes too late does not change hits that are being sent. */
  private ActionListener<double[][]> written(HitTokens tokens, ActionListener<Void> listener) {
    return RequestOrigin.whileWanted(
        handles.get().threadPool(),
        TOO_LATE,
        ActionListener.wrap(
            influences -> {
              tokens.write(influences);
              listener.onResponse(null);
            },
            fault -> {
              if (GradientFaults.isTimeout(fault)) {
                tokens.write(TOO_LATE);
                listener.onResponse(null);
              } else {
                listener.onFailure(fault);
              }
            }),
        late -> {});
  }
}
