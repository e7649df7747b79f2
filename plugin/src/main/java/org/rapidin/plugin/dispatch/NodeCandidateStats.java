package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.lucene.CandidateCounts;

/**
 * How a node's queries in candidates mode chose, on the wire and in the statistics.
 *
 * @param counts of segments and codes
 */
record NodeCandidateStats(CandidateCounts counts) implements Writeable, ToXContentFragment {
  /** Reads what {@link #writeTo} wrote. */
  static CandidateCounts read(StreamInput in) throws IOException {
    return new CandidateCounts(
        in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVLong(counts.graphs());
    out.writeVLong(counts.abandoned());
    out.writeVLong(counts.visited());
    out.writeVLong(counts.codes());
    out.writeVLong(counts.rows());
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject("candidates");
    builder.field("searched_graphs", counts.graphs());
    builder.field("abandoned_graphs", counts.abandoned());
    builder.field("visited_codes", counts.visited());
    builder.field("scanned_code_segments", counts.codes());
    builder.field("scanned_row_segments", counts.rows());
    return builder.endObject();
  }
}
