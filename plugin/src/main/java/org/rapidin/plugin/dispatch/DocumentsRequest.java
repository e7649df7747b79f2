package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** Asks another node for vectors of documents. */
final class DocumentsRequest extends TransportRequest {
  private final RegisteredAttributor attributor;
  private final List<Sample> samples;

  DocumentsRequest(RegisteredAttributor attributor, List<Sample> samples) {
    this.attributor = attributor;
    this.samples = samples;
  }

  DocumentsRequest(StreamInput in) throws IOException {
    super(in);
    attributor = new RegisteredAttributor(in);
    samples = in.readList(GradientWire::readSample);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    attributor.writeTo(out);
    out.writeCollection(samples, GradientWire::writeSample);
  }

  RegisteredAttributor attributor() {
    return attributor;
  }

  List<Sample> samples() {
    return samples;
  }
}
