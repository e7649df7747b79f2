package org.rapidin.plugin.handle;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;

/** A gradient without the vectors of its tokens. */
final class GradientResponse extends TransportResponse {
  private final ResolvedGradient gradient;

  GradientResponse(ResolvedGradient gradient) {
    this.gradient = gradient;
  }

  GradientResponse(StreamInput in) throws IOException {
    gradient = ResolvedGradient.read(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    gradient.writeTo(out);
  }

  ResolvedGradient gradient() {
    return gradient;
  }
}
