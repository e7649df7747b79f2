package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.attribution.service.NativeStats;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Native memory of one node's models and gradients.
 *
 * @param allocator whether malloc is tuned, and if not why; empty until libtorch runs
 * @param stats what is reserved
 */
public record NativeMemoryStats(String allocator, NativeStats stats)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 1;

  /** Reads what {@link #writeTo} wrote. */
  static NativeMemoryStats read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new NativeMemoryStats(
                body.readString(),
                new NativeStats(
                    new MemoryBudget.Usage(
                        body.readVLong(), body.readVLong(), body.readVLong(), body.readVLong()),
                    body.readVLong(),
                    body.readVLong(),
                    body.readList(NativeMemoryStats::readModel),
                    body.readList(
                        i ->
                            new FileDigests.Progress(
                                i.readString(), i.readVLong(), i.readVLong())))));
  }

  private static WeightCache.Model readModel(StreamInput in) throws IOException {
    return new WeightCache.Model(
        in.readString(), in.readString(), in.readVLong(), in.readVLong(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(out, VERSION, this::writeBody);
  }

  private void writeBody(StreamOutput out) throws IOException {
    out.writeString(allocator);
    out.writeVLong(stats.usage().limitBytes());
    out.writeVLong(stats.usage().reservedBytes());
    out.writeVLong(stats.usage().peakBytes());
    out.writeVLong(stats.usage().refused());
    out.writeVLong(stats.weightLimitBytes());
    out.writeVLong(stats.evictions());
    out.writeCollection(
        stats.models(),
        (o, model) -> {
          o.writeString(model.digest());
          o.writeString(model.model());
          o.writeVLong(model.totalBytes());
          o.writeVLong(model.residentBytes());
          o.writeVInt(model.residentLayers());
        });
    out.writeCollection(
        stats.digests(),
        (o, digest) -> {
          o.writeString(digest.file());
          o.writeVLong(digest.doneBytes());
          o.writeVLong(digest.totalBytes());
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject("native_memory");
    builder.field("allocator", allocator);
    builder.field("limit_in_bytes", stats.usage().limitBytes());
    builder.field("reserved_in_bytes", stats.usage().reservedBytes());
    builder.field("peak_in_bytes", stats.usage().peakBytes());
    builder.field("refused", stats.usage().refused());
    weights(builder);
    builder.startArray("hashing");
    for (FileDigests.Progress digest : stats.digests()) {
      builder.startObject().field("file", digest.file());
      builder.field("done_in_bytes", digest.doneBytes());
      builder.field("total_in_bytes", digest.totalBytes()).endObject();
    }
    return builder.endArray().endObject();
  }

  private void weights(XContentBuilder builder) throws IOException {
    builder.startObject("weights");
    builder.field("limit_in_bytes", stats.weightLimitBytes());
    builder.field("evictions", stats.evictions());
    builder.startArray("models");
    for (WeightCache.Model model : stats.models()) {
      builder.startObject().field("model", model.model()).field("digest", model.digest());
      builder.field("total_in_bytes", model.totalBytes());
      builder.field("resident_in_bytes", model.residentBytes());
      builder.field("resident_layers", model.residentLayers()).endObject();
    }
    builder.endArray().endObject();
  }
}
