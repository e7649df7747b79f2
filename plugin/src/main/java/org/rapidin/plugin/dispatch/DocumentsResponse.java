package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.GradientResult;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Vectors of documents, one result per sample in order. The results follow the versioned body,
 * which would copy them; so a later version appends its fields to the body.
 */
final class DocumentsResponse extends TransportResponse implements LoadReport {
  private static final int VERSION = 1;

  private final int waiting;
  private final List<GradientResult> results;

  DocumentsResponse(int waiting, List<GradientResult> results) {
    this.waiting = waiting;
    this.results = results;
  }

  DocumentsResponse(StreamInput in) throws IOException {
    waiting = VersionedBody.read(in, (version, body) -> body.readVInt());
    results = in.readList(GradientWire::readResult);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeVInt(waiting));
    out.writeCollection(results, GradientWire::writeResult);
  }

  @Override
  public int waiting() {
    return waiting;
  }

  List<GradientResult> results() {
    return results;
  }
}
