package org.rapidin.plugin.query;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * What an influence query takes besides its subject.
 *
 * @param attributor id that the fields' mapping must name, or null for whichever it names
 * @param opponents whether negative influence ranks first
 * @param filter only documents that it matches, or null
 * @param ignoreUnmapped whether a field that no index maps matches nothing instead of failing
 */
record InfluenceOptions(
    String attributor, boolean opponents, QueryBuilder filter, boolean ignoreUnmapped)
    implements Writeable, ToXContentFragment {

  InfluenceOptions(StreamInput in) throws IOException {
    this(
        in.readOptionalString(),
        in.readBoolean(),
        in.readOptionalNamedWriteable(QueryBuilder.class),
        in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(attributor);
    out.writeBoolean(opponents);
    out.writeOptionalNamedWriteable(filter);
    out.writeBoolean(ignoreUnmapped);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (attributor != null) {
      builder.field(InfluenceQueryParser.ATTRIBUTOR, attributor);
    }
    builder.field(
        InfluenceQueryParser.DIRECTION,
        opponents ? InfluenceQueryParser.OPPONENTS : InfluenceQueryParser.PROPONENTS);
    if (filter != null) {
      builder.field(InfluenceQueryParser.FILTER, filter, params);
    }
    return builder.field(InfluenceQueryParser.IGNORE_UNMAPPED, ignoreUnmapped);
  }

  InfluenceOptions withFilter(QueryBuilder other) {
    return new InfluenceOptions(attributor, opponents, other, ignoreUnmapped);
  }
}
