package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.wire.ForwardingChannel;

/** Sends a shard's answer when the influences on tokens that it waits for are there. */
final class TokenChannel extends ForwardingChannel {
  private final TransportChannel channel;
  private final String action;
  private final TransportRequest request;
  private final Task task;
  private final Supplier<GradientHandles> handles;

  /**
   * @param task of the request: its answer is not waited for once it is cancelled
   */
  TokenChannel(
      TransportChannel channel,
      String action,
      TransportRequest request,
      Task task,
      Supplier<GradientHandles> handles) {
    super(channel);
    this.channel = channel;
    this.action = action;
    this.request = request;
    this.task = task;
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
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(handles.get().whileWanted(task, answer), pending.size());
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
                ActionListener.runBefore(
                    ActionListener.map(
                        listener,
                        influences -> {
                          tokens.write(influences);
                          return null;
                        }),
                    reservation::close));
      }
    }
  }
}
