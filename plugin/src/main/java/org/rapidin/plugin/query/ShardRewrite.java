package org.rapidin.plugin.query;

import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryRewriteContext;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;

/** Fetches the gradient of a query to the node of a shard before the shard's search starts. */
final class ShardRewrite {
  private final GradientHandles handles;

  ShardRewrite(GradientHandles handles) {
    this.handles = handles;
  }

  /**
   * Registers the fetch.
   *
   * @return the query, waiting for its gradient
   */
  InfluenceQueryBuilder rewrite(
      InfluenceQueryBuilder query, GradientHandle handle, QueryRewriteContext context) {
    AtomicReference<CoordinatorRewrite.Outcome> outcome = new AtomicReference<>();
    context.registerAsyncAction(
        (client, listener) ->
            handles.fetch(
                handle,
                ActionListener.map(
                    CoordinatorRewrite.done(outcome, listener),
                    held -> {
                      InfluenceSubject fetched =
                          new InfluenceSubject.ByHandle(
                              handles.forCacheKey(handle), held.gradient());
                      return waiting -> waiting.about(fetched);
                    })));
    return query.pending(outcome::get);
  }
}
