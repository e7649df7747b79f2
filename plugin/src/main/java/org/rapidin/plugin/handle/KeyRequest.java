package org.rapidin.plugin.handle;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.wire.VersionedBody;

/** A request about a gradient that the receiver keeps. */
final class KeyRequest extends TransportRequest {
  private static final int VERSION = 1;

  private final GradientKey key;

  KeyRequest(GradientKey key) {
    this.key = key;
  }

  KeyRequest(StreamInput in) throws IOException {
    super(in);
    key = VersionedBody.read(in, (version, body) -> new GradientKey(body));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(out, VERSION, key);
  }

  GradientKey key() {
    return key;
  }
}
