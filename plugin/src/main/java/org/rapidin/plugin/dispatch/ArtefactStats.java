package org.rapidin.plugin.dispatch;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * The artefacts of a node: those that queries use, that are kept for the next ones, or that belong
 * to loaded models.
 *
 * @param inMemory how many
 * @param bytes of these
 * @param hits queries that found theirs in memory
 * @param loads how often one was read from the index of artefacts
 */
public record ArtefactStats(long inMemory, long bytes, long hits, long loads)
    implements Writeable, ToXContentFragment {
  /** Of a node that does not count them. */
  static final ArtefactStats NONE = new ArtefactStats(0, 0, 0, 0);

  static ArtefactStats read(StreamInput in) throws IOException {
    return new ArtefactStats(in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVLong(inMemory);
    out.writeVLong(bytes);
    out.writeVLong(hits);
    out.writeVLong(loads);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject("artefacts")
        .field("in_memory", inMemory)
        .field("size_in_bytes", bytes)
        .field("hits", hits)
        .field("loads", loads)
        .endObject();
  }
}
