package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.QueryGradient;

/** The vector of a generation. */
final class QueryResponse extends TransportResponse {
  private final QueryGradient gradient;

  QueryResponse(QueryGradient gradient) {
    this.gradient = gradient;
  }

  QueryResponse(StreamInput in) throws IOException {
    gradient = GradientWire.readQuery(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    GradientWire.writeQuery(out, gradient);
  }

  QueryGradient gradient() {
    return gradient;
  }
}
