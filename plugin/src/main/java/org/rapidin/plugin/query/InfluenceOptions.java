package org.rapidin.plugin.query;

import java.io.IOException;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * What an influence query has besides its subject.
 *
 * @param attributor id that the fields' mapping must name, or null for any
 * @param opponents whether negative influence ranks first
 * @param filter only documents that match it are scored; or null
 * @param ignoreUnmapped whether a field that no index maps matches nothing instead of failing
 * @param mode which documents are ranked
 * @param normalize what influence is divided by
 */
record InfluenceOptions(
    String attributor,
    boolean opponents,
    QueryBuilder filter,
    boolean ignoreUnmapped,
    RankingMode mode,
    Normalize normalize)
    implements ToXContentFragment {

  /** Options of a query whose influence is not divided. */
  InfluenceOptions(
      String attributor,
      boolean opponents,
      QueryBuilder filter,
      boolean ignoreUnmapped,
      RankingMode mode) {
    this(attributor, opponents, filter, ignoreUnmapped, mode, Normalize.NONE);
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
    builder.field(InfluenceQueryParser.IGNORE_UNMAPPED, ignoreUnmapped);
    normalize.toXContent(builder, params);
    return mode.toXContent(builder, params);
  }

  /** Whether all rows of the field are scored, if nothing around the query selects documents. */
  boolean scanAll() {
    return filter == null && mode instanceof RankingMode.Exact;
  }

  InfluenceOptions withMode(RankingMode other) {
    return new InfluenceOptions(attributor, opponents, filter, ignoreUnmapped, other, normalize);
  }

  InfluenceOptions withFilter(QueryBuilder other) {
    return new InfluenceOptions(attributor, opponents, other, ignoreUnmapped, mode, normalize);
  }
}
