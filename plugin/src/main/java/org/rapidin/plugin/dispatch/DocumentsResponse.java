package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.rapidin.attribution.GradientResult;

/** Vectors of documents, one result per sample in order. */
final class DocumentsResponse extends TransportResponse {
  private final List<GradientResult> results;

  DocumentsResponse(List<GradientResult> results) {
    this.results = results;
  }

  DocumentsResponse(StreamInput in) throws IOException {
    results = in.readList(GradientWire::readResult);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeCollection(results, GradientWire::writeResult);
  }

  List<GradientResult> results() {
    return results;
  }
}
