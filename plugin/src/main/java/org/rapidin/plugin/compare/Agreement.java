package org.rapidin.plugin.compare;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * How alike two rankings of the same documents are, over queries. Those for which all influences of
 * a field are equal are left out.
 *
 * @param documents that were ranked
 * @param spearman rank correlation
 * @param overlaps of the documents that rank first
 */
record Agreement(int documents, Estimate spearman, List<Overlap> overlaps)
    implements Writeable, ToXContentFragment {

  /**
   * Which share of the first k documents of one ranking are among the first k of the other.
   *
   * @param k how many
   * @param share 0 to 1
   */
  record Overlap(int k, Estimate share) implements Writeable {
    Overlap(StreamInput in) throws IOException {
      this(in.readVInt(), new Estimate(in));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeVInt(k);
      share.writeTo(out);
    }
  }

  Agreement(StreamInput in) throws IOException {
    this(in.readVInt(), new Estimate(in), in.readList(Overlap::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(documents);
    spearman.writeTo(out);
    out.writeList(overlaps);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field("documents", documents).startObject("spearman");
    spearman.toXContent(builder);
    builder.endObject().startArray("overlap");
    for (Overlap overlap : overlaps) {
      builder.startObject().field("k", overlap.k());
      overlap.share().toXContent(builder);
      builder.field("by_chance", (double) overlap.k() / documents).endObject();
    }
    return builder.endArray();
  }
}
