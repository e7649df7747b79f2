package org.rapidin.plugin.handle;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * The vectors of a query's tokens. They follow the versioned body, which is copied when written.
 */
final class TokensResponse extends TransportResponse {
  private static final int VERSION = 1;

  private final TokenVectors tokens;

  TokensResponse(TokenVectors tokens) {
    this.tokens = tokens;
  }

  TokensResponse(StreamInput in) throws IOException {
    VersionedBody.read(in, (version, body) -> version);
    tokens = new TokenVectors(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> {});
    tokens.writeTo(out);
  }

  TokenVectors tokens() {
    return tokens;
  }
}
