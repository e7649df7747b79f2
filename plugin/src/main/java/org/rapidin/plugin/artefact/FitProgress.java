package org.rapidin.plugin.artefact;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * How far an artefact is.
 *
 * @param documentsRead those of the sample whose vectors or gradients have been added
 * @param documents those of the sample
 * @param layersDone those whose statistics have been factorised
 * @param layers all
 */
public record FitProgress(int documentsRead, int documents, int layersDone, int layers)
    implements Task.Status {
  /** Name on the wire. */
  public static final String NAME = "rapidin_fit";

  private static final int VERSION = 1;

  /** Reads what {@link #writeTo} wrote. */
  public static FitProgress read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new FitProgress(body.readVInt(), body.readVInt(), body.readVInt(), body.readVInt()));
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeVInt(documentsRead);
          body.writeVInt(documents);
          body.writeVInt(layersDone);
          body.writeVInt(layers);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("documents_read", documentsRead)
        .field("documents", documents)
        .field("layers_done", layersDone)
        .field("layers", layers)
        .endObject();
  }
}
