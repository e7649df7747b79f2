package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.ElementType;

/** Sends the rows of hits to the node that has the vectors of a query's tokens. */
final class InfluencesRequest extends TransportRequest {
  private static final int VERSION = 1;

  private final GradientKey key;
  private final List<HitRow> rows;

  /**
   * @param rows at least one, of one dimension and element type
   */
  InfluencesRequest(GradientKey key, List<HitRow> rows) {
    this.key = key;
    this.rows = List.copyOf(rows);
  }

  InfluencesRequest(StreamInput in) throws IOException {
    record Fields(GradientKey key, ElementType type, int dimension) {}
    super(in);
    Fields fields =
        VersionedBody.read(
            in,
            (version, body) ->
                new Fields(
                    new GradientKey(body), ElementType.ofCode(body.readByte()), body.readVInt()));
    key = fields.key();
    rows = in.readList(i -> new HitRow(fields.type(), fields.dimension(), i.readByteArray()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    HitRow first = rows.getFirst();
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          key.writeTo(body);
          body.writeByte(first.elementType().code());
          body.writeVInt(first.dimension());
        });
    out.writeCollection(rows, (o, row) -> o.writeByteArray(row.bytes()));
  }

  GradientKey key() {
    return key;
  }

  List<HitRow> rows() {
    return rows;
  }
}
