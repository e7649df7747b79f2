package org.rapidin.plugin.query;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryRewriteContext;
import org.rapidin.attribution.compression.ArtefactReference;
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
                      admit(
                          query,
                          held.gradient(),
                          ticket,
                          ActionListener.map(
                              done, admitted -> about(admitted, fetched(handle, held, ticket)))),
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

  /** Waits for what documents are measured with, then for a permit. */
  private void admit(
      InfluenceQueryBuilder query,
      ResolvedGradient gradient,
      Optional<ScanTicket> ticket,
      ActionListener<Boolean> listener) {
    Normalize normalize = query.options().normalize();
    if (normalize.artefact() == null) {
      acquire(ticket, query.field(), gradient, listener);
      return;
    }
    keep(
        normalize.reference(gradient),
        ticket,
        ActionListener.wrap(
            inTime -> {
              if (inTime) {
                acquire(ticket, query.field(), gradient, listener);
              } else {
                listener.onResponse(false);
              }
            },
            listener::onFailure));
  }

  /** Keeps an artefact in memory until the request's reader context or the request itself ends. */
  private void keep(
      ArtefactReference artefact, Optional<ScanTicket> ticket, ActionListener<Boolean> listener) {
    if (ticket.isEmpty()) {
      preconditioners.keep(
          artefact,
          ActionListener.map(
              listener,
              use -> {
                use.close();
                return true;
              }));
      return;
    }
    preconditioners.keep(
        artefact,
        ticket
            .get()
            .inTime(
                ActionListener.map(
                    listener,
                    use -> {
                      use.ifPresent(ticket.get()::keep);
                      return use.isPresent();
                    }),
                Releasable::close));
  }

  /** Waits with the request's ticket, if it came with one. Scans of several vectors share none. */
  private static void acquire(
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
