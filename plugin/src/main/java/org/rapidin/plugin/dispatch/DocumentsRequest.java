package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks another node for vectors of documents. */
final class DocumentsRequest extends TransportRequest {
  private static final int VERSION = 1;

  private final ResolvedAttributor attributor;
  private final List<Sample> samples;

  DocumentsRequest(ResolvedAttributor attributor, List<Sample> samples) {
    this.attributor = attributor;
    this.samples = List.copyOf(samples);
  }

  DocumentsRequest(StreamInput in) throws IOException {
    record Fields(ResolvedAttributor attributor, List<Sample> samples) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(
                    GradientWire.readAttributor(body), body.readList(GradientWire::readSample)));
    attributor = fields.attributor();
    samples = fields.samples();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          GradientWire.writeAttributor(body, attributor);
          body.writeCollection(samples, GradientWire::writeSample);
        });
  }

  @Override
  public GradientTask createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new GradientTask(id, type, action, getDescription(), parent, headers);
  }

  @Override
  public String getDescription() {
    long characters =
        samples.stream()
            .mapToLong(sample -> sample.prompt().length() + sample.completion().length())
            .sum();
    return "attributor [%s], documents [%s], characters [%s]"
        .formatted(attributor.id(), samples.size(), characters);
  }

  ResolvedAttributor attributor() {
    return attributor;
  }

  List<Sample> samples() {
    return samples;
  }
}
