package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * One generated token.
 *
 * @param text its characters in the completion
 * @param selected whether the query is about it
 */
public record QueryToken(String text, boolean selected) implements Writeable {
  public QueryToken {
    Objects.requireNonNull(text, "text");
  }

  QueryToken(StreamInput in) throws IOException {
    this(in.readString(), in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(text);
    out.writeBoolean(selected);
  }
}
