package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** Asks another node for the vector of a generation. */
final class QueryRequest extends TransportRequest {
  private final RegisteredAttributor attributor;
  private final Sample generation;
  private final TokenSelection selection;
  private final boolean perToken;

  QueryRequest(
      RegisteredAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    this.attributor = attributor;
    this.generation = generation;
    this.selection = selection;
    this.perToken = perToken;
  }

  QueryRequest(StreamInput in) throws IOException {
    super(in);
    attributor = new RegisteredAttributor(in);
    generation = GradientWire.readSample(in);
    selection = GradientWire.readSelection(in);
    perToken = in.readBoolean();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    attributor.writeTo(out);
    GradientWire.writeSample(out, generation);
    GradientWire.writeSelection(out, selection);
    out.writeBoolean(perToken);
  }

  RegisteredAttributor attributor() {
    return attributor;
  }

  Sample generation() {
    return generation;
  }

  TokenSelection selection() {
    return selection;
  }

  boolean perToken() {
    return perToken;
  }
}
