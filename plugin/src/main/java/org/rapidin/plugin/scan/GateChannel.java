package org.rapidin.plugin.scan;

import java.io.IOException;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.transport.TransportChannel;
import org.rapidin.plugin.wire.ForwardingChannel;

/** Closes the ticket of a shard request with its answer. */
final class GateChannel extends ForwardingChannel {
  private final ScanTicket ticket;

  GateChannel(TransportChannel channel, ScanTicket ticket) {
    super(channel);
    this.ticket = ticket;
  }

  @Override
  public void sendResponse(TransportResponse response) throws IOException {
    ticket.close();
    super.sendResponse(response);
  }

  @Override
  public void sendResponse(Exception exception) throws IOException {
    ticket.close();
    super.sendResponse(exception);
  }

  @Override
  public void completeStream() {
    ticket.close();
    super.completeStream();
  }
}
