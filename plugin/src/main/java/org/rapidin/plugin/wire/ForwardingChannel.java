package org.rapidin.plugin.wire;

import java.io.IOException;
import java.util.Optional;
import org.opensearch.Version;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.transport.TransportChannel;

/** Sends what it is given through another channel; subclasses act on the way. */
public abstract class ForwardingChannel implements TransportChannel {
  private final TransportChannel channel;

  /**
   * @param channel that sends
   */
  protected ForwardingChannel(TransportChannel channel) {
    this.channel = channel;
  }

  @Override
  public void sendResponse(TransportResponse response) throws IOException {
    channel.sendResponse(response);
  }

  @Override
  public void sendResponse(Exception exception) throws IOException {
    channel.sendResponse(exception);
  }

  @Override
  public void sendResponseBatch(TransportResponse response) {
    channel.sendResponseBatch(response);
  }

  @Override
  public void sendResponseBatch(TransportResponse response, boolean sync) {
    channel.sendResponseBatch(response, sync);
  }

  @Override
  public void completeStream() {
    channel.completeStream();
  }

  @Override
  public boolean isCancelled() {
    return channel.isCancelled();
  }

  @Override
  public String getProfileName() {
    return channel.getProfileName();
  }

  @Override
  public String getChannelType() {
    return channel.getChannelType();
  }

  @Override
  public Version getVersion() {
    return channel.getVersion();
  }

  @Override
  public <T> Optional<T> get(String name, Class<T> type) {
    return channel.get(name, type);
  }
}
