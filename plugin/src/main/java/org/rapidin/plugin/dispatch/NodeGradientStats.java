package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.service.GradientStats;

/**
 * The counts of a node's gradient service, on the wire and in the statistics. The compressions of
 * loaded models are not here: version 5 of {@link NodeStats} appended them.
 *
 * @param stats the counts
 */
record NodeGradientStats(GradientStats stats) implements Writeable, ToXContentFragment {
  /** Reads what {@link #writeTo} wrote. */
  static GradientStats read(StreamInput in) throws IOException {
    return new GradientStats(
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVInt(),
        in.readVLong(),
        in.readList(
            i ->
                new GradientStats.LoadedModel(
                    i.readString(), i.readString(), "", i.readVLong(), i.readBoolean())));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVLong(stats.documents());
    out.writeVLong(stats.queries());
    out.writeVLong(stats.tokens());
    out.writeVLong(stats.paddedTokens());
    out.writeVLong(stats.truncations());
    out.writeVLong(stats.failures());
    out.writeVLong(stats.rejected());
    out.writeVInt(stats.waiting());
    out.writeVLong(stats.computingNanos());
    out.writeCollection(
        stats.models(),
        (o, model) -> {
          o.writeString(model.fingerprint());
          o.writeString(model.model());
          o.writeVLong(model.bytes());
          o.writeBoolean(model.automatic());
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject("gradients");
    builder.field("documents", stats.documents());
    builder.field("queries", stats.queries());
    builder.field("tokens", stats.tokens());
    builder.field("padded_tokens", stats.paddedTokens());
    builder.field("truncations", stats.truncations());
    builder.field("failures", stats.failures());
    builder.field("rejected", stats.rejected());
    builder.field("waiting", stats.waiting());
    builder.field("computing_time_in_millis", stats.computingNanos() / 1_000_000);
    return builder.endObject();
  }
}
