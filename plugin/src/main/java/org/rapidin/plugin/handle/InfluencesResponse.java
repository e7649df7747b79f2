package org.rapidin.plugin.handle;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.plugin.wire.VersionedBody;

/** The influence of each row on each token. */
final class InfluencesResponse extends TransportResponse {
  private static final int VERSION = 1;

  private final double[][] influences;

  InfluencesResponse(double[][] influences) {
    this.influences = influences;
  }

  InfluencesResponse(StreamInput in) throws IOException {
    influences =
        VersionedBody.read(
            in, (version, body) -> body.readArray(StreamInput::readDoubleArray, double[][]::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out, VERSION, body -> body.writeArray(StreamOutput::writeDoubleArray, influences));
  }

  /** One array per row, one raw signed value per token. */
  double[][] influences() {
    return influences;
  }
}
