package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * Generations whose combined gradient is multiplied with an artefact.
 *
 * @param set the generations
 * @param preconditioner id of the artefact
 */
record PreconditionedSet(GenerationSet set, String preconditioner) implements InfluenceSubject {
  PreconditionedSet {
    Objects.requireNonNull(set, "set");
    if (preconditioner.isEmpty()) {
      throw new IllegalArgumentException(
          "[preconditioner] is empty: name an artefact, or leave it out");
    }
  }

  PreconditionedSet(StreamInput in) throws IOException {
    this(new GenerationSet(in, in.readBoolean()), in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeBoolean(!set.modules().isEmpty());
    set.writeTo(out);
    out.writeString(preconditioner);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return set.toXContent(builder, params)
        .field(InfluenceQueryParser.PRECONDITIONER, preconditioner);
  }

  /** Shows no text, because queries are logged. */
  @Override
  public String toString() {
    return "%s by artefact [%s]".formatted(set, preconditioner);
  }
}
