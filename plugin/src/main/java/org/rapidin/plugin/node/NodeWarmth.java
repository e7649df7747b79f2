package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * What a warm-up reached on one node.
 *
 * @param problem why the node uses no device, in words; empty if it uses one
 * @param shards those of the indices that the node has
 */
public record NodeWarmth(String problem, List<ShardWarmth> shards)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 1;

  /**
   * What a warm-up reached for one field of one shard.
   *
   * @param index name
   * @param shard number
   * @param field full name of the vector field
   * @param deviceRows rows that are on a device now
   * @param deviceBytes their size as they are stored
   * @param cpuRows reason → rows that stay on the CPU
   */
  public record ShardWarmth(
      String index,
      int shard,
      String field,
      long deviceRows,
      long deviceBytes,
      SortedMap<String, Long> cpuRows)
      implements Writeable {
    static ShardWarmth read(StreamInput in) throws IOException {
      return new ShardWarmth(
          in.readString(),
          in.readVInt(),
          in.readString(),
          in.readVLong(),
          in.readVLong(),
          new TreeMap<>(in.readMap(StreamInput::readString, StreamInput::readVLong)));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(index);
      out.writeVInt(shard);
      out.writeString(field);
      out.writeVLong(deviceRows);
      out.writeVLong(deviceBytes);
      out.writeMap(cpuRows, StreamOutput::writeString, StreamOutput::writeVLong);
    }

    private void toXContent(XContentBuilder builder) throws IOException {
      builder.startObject();
      builder.field("index", index).field("shard", shard).field("field", field);
      builder.field("rows_on_device", deviceRows);
      builder.field("size_on_device_in_bytes", deviceBytes);
      builder.field("rows_on_cpu", cpuRows).endObject();
    }
  }

  /** Reads what {@link #writeTo} wrote. */
  static NodeWarmth read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in, (version, body) -> new NodeWarmth(body.readString(), body.readList(ShardWarmth::read)));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeString(problem);
          body.writeList(shards);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (!problem.isEmpty()) {
      builder.field("reason", problem);
    }
    builder.startArray("shards");
    for (ShardWarmth shard : shards) {
      shard.toXContent(builder);
    }
    return builder.endArray();
  }
}
