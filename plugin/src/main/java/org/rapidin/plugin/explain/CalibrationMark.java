package org.rapidin.plugin.explain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.Query;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.query.AttributedInfluenceQuery;

/**
 * What a shard sends to the coordinating node with the error of a hit.
 *
 * @param key of the query's gradient
 * @param opponents whether negative influence ranks first
 * @param alone whether raw influences alone decide the order: the query is this clause and nothing
 *     else, is not normalized, has one boost in all indices, and its scores tell influences apart
 */
record CalibrationMark(GradientKey key, boolean opponents, boolean alone) {
  private static final String NAME = "_rapidin_gradient";

  static CalibrationMark of(SearchContext context, AttributedInfluenceQuery query) {
    Query whole = context.parsedQuery() == null ? null : context.parsedQuery().query();
    // A boost of 0 makes all scores the same, that of an index those of others incomparable.
    boolean boosted = context.queryBoost() != AbstractQueryBuilder.DEFAULT_BOOST;
    while (whole instanceof BoostQuery boost) {
      boosted |= !(boost.getBoost() > 0);
      whole = boost.getQuery();
    }
    boolean alone = query.equals(whole) && !boosted && query.influence().normalization() == null;
    return new CalibrationMark(query.handle().key(), query.influence().score().opponents(), alone);
  }

  /** Returns this mark for a hit whose score is also that of hits with other influences. */
  CalibrationMark withoutOrder() {
    return new CalibrationMark(key, opponents, false);
  }

  /** Adds this to the value of a hit's field. */
  void addTo(Map<String, Object> value) {
    value.put(
        NAME, List.of(key.first(), key.second(), key.third(), key.fourth(), opponents, alone));
  }

  /** Whether a value has what {@link #addTo} adds. */
  static boolean isIn(Map<?, ?> value) {
    return value.containsKey(NAME);
  }

  /** Takes what {@link #addTo} added out of a value; empty if it has none. */
  static Optional<CalibrationMark> takeFrom(Map<String, Object> value) {
    if (!(value.remove(NAME) instanceof List<?> list)) {
      return Optional.empty();
    }
    long[] key = new long[4];
    for (int i = 0; i < key.length; i++) {
      key[i] = ((Number) list.get(i)).longValue();
    }
    return Optional.of(
        new CalibrationMark(
            new GradientKey(key[0], key[1], key[2], key[3]),
            (Boolean) list.get(4),
            (Boolean) list.get(5)));
  }
}
