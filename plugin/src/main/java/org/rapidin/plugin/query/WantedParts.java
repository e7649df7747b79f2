package org.rapidin.plugin.query;

import org.opensearch.search.builder.SearchSourceBuilder;

/** What a search asks for in addition to the influence of its hits. */
@FunctionalInterface
public interface WantedParts {
  /** Returns whether it asks for the influence on each generated token. */
  boolean tokens(SearchSourceBuilder source);

  /** Returns whether it asks for the errors of influences. */
  default boolean calibration(SearchSourceBuilder source) {
    return false;
  }
}
