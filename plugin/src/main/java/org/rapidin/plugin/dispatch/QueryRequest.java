package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks another node for the vector of a generation. */
final class QueryRequest extends TransportRequest {
  private static final int VERSION = 2;

  private final ResolvedAttributor attributor;
  private final Generation generation;
  private final Optional<String> user;

  /**
   * Makes a request.
   *
   * @param user who asks, if that is known
   */
  QueryRequest(ResolvedAttributor attributor, Generation generation, Optional<String> user) {
    this.attributor = attributor;
    this.generation = generation;
    this.user = user;
  }

  QueryRequest(StreamInput in) throws IOException {
    record Fields(ResolvedAttributor attributor, Generation generation, String user) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(
                    GradientWire.readAttributor(body),
                    Generation.read(body),
                    version < 2 ? null : body.readOptionalString()));
    attributor = fields.attributor();
    generation = fields.generation();
    user = Optional.ofNullable(fields.user());
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
          body.writeOptionalString(user.orElse(null));
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

  Optional<String> user() {
    return user;
  }
}
