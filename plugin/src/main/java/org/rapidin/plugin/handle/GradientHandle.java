package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * Where a query's gradient is: what travels instead of the vector.
 *
 * @param key of the gradient
 * @param holder id of the node that keeps it
 */
public record GradientHandle(GradientKey key, String holder) implements Writeable {
  public GradientHandle {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(holder, "holder");
  }

  /** Reads what {@link #writeTo} wrote. */
  public GradientHandle(StreamInput in) throws IOException {
    this(new GradientKey(in), in.readString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    key.writeTo(out);
    out.writeString(holder);
  }
}
