package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * How far a node is with its shards.
 *
 * @param shardsDone shards that are finished
 * @param shards those of the indices that the node has
 * @param counts what was done so far, by name
 */
public record ShardsProgress(int shardsDone, int shards, SortedMap<String, Long> counts)
    implements Task.Status {
  /** Name on the wire. */
  public static final String NAME = "rapidin_shards";

  private static final int VERSION = 1;

  /** Reads what {@link #writeTo} wrote. */
  public static ShardsProgress read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new ShardsProgress(
                body.readVInt(),
                body.readVInt(),
                new TreeMap<>(body.readMap(StreamInput::readString, StreamInput::readVLong))));
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
          body.writeVInt(shardsDone);
          body.writeVInt(shards);
          body.writeMap(counts, StreamOutput::writeString, StreamOutput::writeVLong);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject().field("shards_done", shardsDone).field("shards", shards);
    for (var count : counts.entrySet()) {
      builder.field(count.getKey(), count.getValue());
    }
    return builder.endObject();
  }
}
