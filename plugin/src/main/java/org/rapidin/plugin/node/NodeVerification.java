package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * What a verification found on one node.
 *
 * @param shards those of the indices that the node has and that have vectors
 */
public record NodeVerification(List<ShardVerification> shards)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 1;

  /**
   * What was found in one copy of a shard.
   *
   * @param index name
   * @param shard number
   * @param primary whether it is the primary
   * @param bytes size of the vectors that have their checksum
   * @param damage what is wrong; empty if nothing is
   * @param recovers whether the damaged copy was failed, to be recovered from a sound one
   */
  public record ShardVerification(
      String index, int shard, boolean primary, long bytes, String damage, boolean recovers)
      implements Writeable {
    /** Whether both are copies of one shard. */
    boolean isCopyOf(ShardVerification other) {
      return index.equals(other.index) && shard == other.shard;
    }

    boolean isSound() {
      return damage.isEmpty();
    }

    ShardVerification failed() {
      return new ShardVerification(index, shard, primary, bytes, damage, true);
    }

    static ShardVerification read(StreamInput in) throws IOException {
      return new ShardVerification(
          in.readString(),
          in.readVInt(),
          in.readBoolean(),
          in.readVLong(),
          in.readString(),
          in.readBoolean());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(index);
      out.writeVInt(shard);
      out.writeBoolean(primary);
      out.writeVLong(bytes);
      out.writeString(damage);
      out.writeBoolean(recovers);
    }

    private void toXContent(XContentBuilder builder) throws IOException {
      builder.startObject();
      builder.field("index", index).field("shard", shard).field("primary", primary);
      builder.field("size_verified_in_bytes", bytes).field("damaged", !damage.isEmpty());
      if (!damage.isEmpty()) {
        builder.field("reason", damage);
        builder.field(
            "consequence",
            recovers
                ? "this copy was failed and is recovered from a sound one"
                : "this copy stays, because no sound one was found: restore a snapshot, or index the documents again");
      }
      builder.endObject();
    }
  }

  /** Reads what {@link #writeTo} wrote. */
  static NodeVerification read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in, (version, body) -> new NodeVerification(body.readList(ShardVerification::read)));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, body -> body.writeList(shards));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startArray("shards");
    for (ShardVerification shard : shards) {
      shard.toXContent(builder);
    }
    return builder.endArray();
  }
}
