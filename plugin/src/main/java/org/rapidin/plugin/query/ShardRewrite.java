package org.rapidin.plugin.query;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryRewriteContext;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.scan.ScanTicket;

/**
 * Fetches the gradient of a query to the node of a shard, and waits for a permit to scan, before
 * the shard's search starts.
 */
final class ShardRewrite {
  private final GradientHandles handles;

  ShardRewrite(GradientHandles handles) {
    this.handles = handles;
  }

  /**
   * Registers the fetch.
   *
   * @return the query, waiting for its gradient and its permit
   */
  InfluenceQueryBuilder rewrite(
      InfluenceQueryBuilder query, GradientHandle handle, QueryRewriteContext context) {
    AtomicReference<CoordinatorRewrite.Outcome> outcome = new AtomicReference<>();
    context.registerAsyncAction(
        (client, listener) -> {
          Optional<ScanTicket> ticket = ScanTicket.bound(client.threadPool().getThreadContext());
          ActionListener<CoordinatorRewrite.Outcome> done =
              CoordinatorRewrite.done(outcome, listener);
          handles.fetch(
              handle,
              ActionListener.wrap(
                  held ->
                      admit(
                          ticket,
                          query.field(),
                          held.gradient(),
                          ActionListener.map(
                              done,
                              admitted ->
                                  about(
                                      admitted,
                                      new InfluenceSubject.ByHandle(
                                          handles.forCacheKey(handle),
                                          held.gradient(),
                                          ticket.orElse(null),
                                          !held.gradient().others().isEmpty())))),
                  done::onFailure));
        });
    return query.pending(outcome::get);
  }

  /** Waits with the request's ticket, if it came with one. Scans of several vectors share none. */
  private static void admit(
      Optional<ScanTicket> ticket,
      String field,
      ResolvedGradient gradient,
      ActionListener<Boolean> listener) {
    ticket.ifPresentOrElse(
        each -> {
          if (gradient.others().isEmpty()) {
            each.acquire(field, gradient.vector().values(), listener);
          } else {
            each.acquire(listener);
          }
        },
        () -> listener.onResponse(true));
  }

  private static CoordinatorRewrite.Outcome about(boolean admitted, InfluenceSubject fetched) {
    return waiting -> waiting.about(admitted ? fetched : new InfluenceSubject.TimedOut());
  }
}
