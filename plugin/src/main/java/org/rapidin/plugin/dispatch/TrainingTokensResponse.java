package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.wire.VersionedBody;

/** The parts of a document's tokens. */
final class TrainingTokensResponse extends TransportResponse implements LoadReport {
  // Version 2 added the words.
  private static final int VERSION = 2;

  private final int waiting;
  private final TrainingTokens tokens;

  TrainingTokensResponse(int waiting, TrainingTokens tokens) {
    this.waiting = waiting;
    this.tokens = tokens;
  }

  TrainingTokensResponse(StreamInput in) throws IOException {
    record Fields(int waiting, TrainingTokens tokens) {}
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(body.readVInt(), GradientWire.readTrainingTokens(version, body)));
    waiting = fields.waiting();
    tokens = fields.tokens();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeVInt(waiting);
          GradientWire.writeTrainingTokens(body, tokens);
        });
  }

  @Override
  public int waiting() {
    return waiting;
  }

  TrainingTokens tokens() {
    return tokens;
  }
}
