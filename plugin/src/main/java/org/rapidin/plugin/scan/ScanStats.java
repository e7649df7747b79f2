package org.rapidin.plugin.scan;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The shard requests with an influence query on a node.
 *
 * @param running that have a permit now
 * @param waiting that wait for one now
 * @param waitedMillis time that requests have waited since the node started, added up
 */
public record ScanStats(int running, int waiting, long waitedMillis)
    implements Writeable, ToXContentFragment {
  /** Nothing runs, waits or has waited. */
  public static final ScanStats NONE = new ScanStats(0, 0, 0);

  /** Reads what {@link #writeTo} wrote. */
  public static ScanStats read(StreamInput in) throws IOException {
    return new ScanStats(in.readVInt(), in.readVInt(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(running);
    out.writeVInt(waiting);
    out.writeVLong(waitedMillis);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject("scans")
        .field("running", running)
        .field("waiting", waiting)
        .field("waited_millis", waitedMillis)
        .endObject();
  }
}
