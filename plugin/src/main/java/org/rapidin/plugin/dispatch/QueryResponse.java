package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.plugin.wire.VersionedBody;

/** The vector of a generation. It follows the versioned body, as in {@link DocumentsResponse}. */
final class QueryResponse extends TransportResponse implements LoadReport {
  private static final int VERSION = 1;

  private final int waiting;
  private final QueryGradient gradient;

  QueryResponse(int waiting, QueryGradient gradient) {
    this.waiting = waiting;
    this.gradient = gradient;
  }

  QueryResponse(StreamInput in) throws IOException {
    waiting = VersionedBody.read(in, (version, body) -> body.readVInt());
    gradient = GradientWire.readQuery(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeVInt(waiting));
    GradientWire.writeQuery(out, gradient);
  }

  @Override
  public int waiting() {
    return waiting;
  }

  QueryGradient gradient() {
    return gradient;
  }
}
