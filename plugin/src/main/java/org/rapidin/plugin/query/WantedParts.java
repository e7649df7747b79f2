package org.rapidin.plugin.query;

import org.opensearch.search.builder.SearchSourceBuilder;

/** What a search wants to know of its hits besides their influence. */
@FunctionalInterface
public interface WantedParts {
  /** Whether the influence on each generated token. */
  boolean tokens(SearchSourceBuilder source);

  /** Whether how sure the influences are. */
  default boolean calibration(SearchSourceBuilder source) {
    return false;
  }
}
