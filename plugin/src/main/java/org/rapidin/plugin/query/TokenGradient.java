package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * One generated token.
 *
 * @param text its characters in the completion
 * @param vector its gradient, length K, or null where the query is not about it
 */
public record TokenGradient(String text, QueryVector vector) implements Writeable {
  public TokenGradient {
    Objects.requireNonNull(text, "text");
  }

  TokenGradient(StreamInput in) throws IOException {
    this(in.readString(), in.readOptionalWriteable(QueryVector::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(text);
    out.writeOptionalWriteable(vector);
  }
}
