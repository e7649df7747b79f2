package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Asks another node for the parts that a document's tokens have in its inner products. The vectors
 * follow the versioned body, which would copy them.
 */
final class TrainingTokensRequest extends TransportRequest {
  private static final int VERSION = 1;

  private final ResolvedAttributor attributor;
  private final Sample document;
  private final List<float[]> vectors;
  private final Optional<String> user;

  /**
   * Makes a request.
   *
   * @param vectors at least one, float32, length K; not to be changed
   * @param user who asks, if that is known
   */
  TrainingTokensRequest(
      ResolvedAttributor attributor,
      Sample document,
      List<float[]> vectors,
      Optional<String> user) {
    this.attributor = attributor;
    this.document = document;
    this.vectors = List.copyOf(vectors);
    this.user = user;
  }

  TrainingTokensRequest(StreamInput in) throws IOException {
    record Fields(ResolvedAttributor attributor, Sample document, String user) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(
                    GradientWire.readAttributor(body),
                    GradientWire.readSample(body),
                    body.readOptionalString()));
    attributor = fields.attributor();
    document = fields.document();
    user = Optional.ofNullable(fields.user());
    vectors = in.readList(StreamInput::readFloatArray);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          GradientWire.writeAttributor(body, attributor);
          GradientWire.writeSample(body, document);
          body.writeOptionalString(user.orElse(null));
        });
    out.writeCollection(vectors, StreamOutput::writeFloatArray);
  }

  @Override
  public GradientTask createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new GradientTask(id, type, action, getDescription(), parent, headers);
  }

  @Override
  public String getDescription() {
    return description(attributor.id(), document, vectors.size());
  }

  /** What a task shows; it never quotes the text. */
  static String description(String attributor, Sample document, int vectors) {
    return "attributor [%s], tokens of a document of [%s] characters, by [%s] vectors"
        .formatted(attributor, document.characters(), vectors);
  }

  ResolvedAttributor attributor() {
    return attributor;
  }

  Sample document() {
    return document;
  }

  List<float[]> vectors() {
    return vectors;
  }

  Optional<String> user() {
    return user;
  }
}
