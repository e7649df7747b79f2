package org.rapidin.plugin.query;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryRewriteContext;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.scan.ScanTicket;

/**
 * Fetches the gradient of a query to the node of a shard, and waits for a permit to scan, before
 * the shard's search starts.
 */
final class ShardRewrite {
  private final GradientHandles handles;
  private final Preconditioners preconditioners;

  /**
   * @param node has this node's gradients and artefacts
   */
  ShardRewrite(CoordinatorRewrite node) {
    this.handles = node.handles();
    this.preconditioners = node.preconditioners();
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
                      prepare(
                          query.options().normalize(),
                          ActionListener.wrap(
                              ready ->
                                  admit(
                                      ticket,
                                      query.field(),
                                      held.gradient(),
                                      ActionListener.map(
                                          done,
                                          admitted ->
                                              about(admitted, fetched(handle, held, ticket)))),
                              done::onFailure)),
                  done::onFailure));
        });
    return query.pending(outcome::get);
  }

  private InfluenceSubject fetched(
      GradientHandle handle, HeldGradient held, Optional<ScanTicket> ticket) {
    return new InfluenceSubject.ByHandle(
        handles.forCacheKey(handle),
        held.gradient(),
        ticket.orElse(null),
        !held.gradient().others().isEmpty());
  }

  /** Reads what documents are measured with, so that the scan finds it in memory. */
  private void prepare(Normalize normalize, ActionListener<Void> listener) {
    if (normalize.artefact() == null) {
      listener.onResponse(null);
      return;
    }
    preconditioners.keep(normalize.artefact(), listener);
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
