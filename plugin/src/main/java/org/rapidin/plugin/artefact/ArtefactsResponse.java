package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.wire.VersionedBody;

/** Artefacts by name. */
public final class ArtefactsResponse extends ActionResponse implements ToXContentObject {
  private static final int VERSION = 1;

  private final List<StoredArtefact> artefacts;

  ArtefactsResponse(List<StoredArtefact> artefacts) {
    this.artefacts = List.copyOf(artefacts);
  }

  ArtefactsResponse(StreamInput in) throws IOException {
    artefacts = VersionedBody.read(in, (version, body) -> body.readList(StoredArtefact::read));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeList(artefacts));
  }

  /** The artefacts, ordered by name. */
  public List<StoredArtefact> artefacts() {
    return artefacts;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    for (StoredArtefact artefact : artefacts) {
      builder.field(artefact.id(), artefact);
    }
    return builder.endObject();
  }
}
