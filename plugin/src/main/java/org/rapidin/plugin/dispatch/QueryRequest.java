package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks another node for the vector of a generation. */
final class QueryRequest extends TransportRequest {
  private static final int VERSION = 1;

  private final ResolvedAttributor attributor;
  private final Generation generation;

  QueryRequest(ResolvedAttributor attributor, Generation generation) {
    this.attributor = attributor;
    this.generation = generation;
  }

  QueryRequest(StreamInput in) throws IOException {
    record Fields(ResolvedAttributor attributor, Generation generation) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(GradientWire.readAttributor(body), Generation.read(body)));
    attributor = fields.attributor();
    generation = fields.generation();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          GradientWire.writeAttributor(body, attributor);
          generation.writeTo(body);
        });
  }

  @Override
  public GradientTask createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new GradientTask(id, type, action, getDescription(), parent, headers);
  }

  @Override
  public String getDescription() {
    return generation.description(attributor.id());
  }

  ResolvedAttributor attributor() {
    return attributor;
  }

  Generation generation() {
    return generation;
  }
}
