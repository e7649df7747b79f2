package org.rapidin.plugin.compare;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * How far a comparison is.
 *
 * @param documentsRead those of the sample whose vectors have been read, queries among them
 * @param documents those of the sample; 0 until they are drawn
 */
public record CompareProgress(int documentsRead, int documents) implements Task.Status {
  /** Name on the wire. */
  public static final String NAME = "rapidin_compare";

  private static final int VERSION = 1;

  /** Reads what {@link #writeTo} wrote. */
  public static CompareProgress read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in, (version, body) -> new CompareProgress(body.readVInt(), body.readVInt()));
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
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("documents_read", documentsRead)
        .field("documents", documents)
        .endObject();
  }
}
