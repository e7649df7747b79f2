package org.rapidin.plugin.explain;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.search.SearchHit;
import org.opensearch.search.fetch.FetchSearchResult;
import org.opensearch.search.fetch.QueryFetchSearchResult;
import org.opensearch.search.fetch.ScrollQueryFetchSearchResult;

/**
 * Stands in the hits of a shard's answer until their influences on tokens are there. No stream can
 * write it: a row never leaves the node as part of an answer.
 */
sealed interface PendingTokens {

  /**
   * Hits that wait.
   *
   * @param tokens the hits
   * @param reservation of the rows' bytes
   */
  record Waiting(HitTokens tokens, Releasable reservation) implements PendingTokens {}

  /**
   * Rows that could not be read.
   *
   * @param fault fails the shard's answer
   */
  record Failed(Exception fault) implements PendingTokens {}

  /** Puts this into the hits. */
  default void attach(HitTokens tokens) {
    tokens.hits().forEach(hit -> tokens.set(hit, List.of(this)));
  }

  /** Finds everything that a shard's answer waits for. */
  static Set<PendingTokens> of(TransportResponse response) {
    FetchSearchResult fetched =
        switch (response) {
          case FetchSearchResult fetch -> fetch;
          case QueryFetchSearchResult both -> both.fetchResult();
          case ScrollQueryFetchSearchResult scroll -> scroll.result().fetchResult();
          default -> null;
        };
    Set<PendingTokens> pending = Collections.newSetFromMap(new IdentityHashMap<>());
    if (fetched != null && fetched.hits() != null) {
      for (SearchHit hit : fetched.hits().getHits()) {
        hit.getFields()
            .values()
            .forEach(
                field -> {
                  if (!field.getValues().isEmpty()
                      && field.getValue() instanceof PendingTokens waiting) {
                    pending.add(waiting);
                  }
                });
      }
    }
    return pending;
  }
}
