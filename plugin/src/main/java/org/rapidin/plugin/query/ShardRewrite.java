package org.rapidin.plugin.query;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.plugin.artefact.Preconditioners;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.scan.ScanTicket;

/**
 * Fetches the gradient of a query to the node of a shard, and waits for a permit to scan, before
 * the shard's search starts. Each wait ends when the shard's request is cancelled, or its time is
 * over: the search then answers with what it has.
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
          ThreadPool threadPool = client.threadPool();
          Optional<ScanTicket> ticket = ScanTicket.bound(threadPool.getThreadContext());
          ActionListener<CoordinatorRewrite.Outcome> done =
              orTimedOut(CoordinatorRewrite.done(outcome, listener));
          handles.fetch(
              handle,
              RequestOrigin.whileWanted(
                  threadPool,
                  "the gradient of the query did not arrive within the timeout of the search",
                  ActionListener.wrap(
                      held ->
                          admit(
                              query,
                              held.gradient(),
                              ticket,
                              threadPool,
                              ActionListener.map(
                                  done,
                                  admitted -> about(admitted, fetched(handle, held, ticket)))),
                      done::onFailure),
                  late -> {}));
        });
    return query.pending(outcome::get);
  }

  /** A shard whose time is over answers as one whose scan took too long. */
  private static ActionListener<CoordinatorRewrite.Outcome> orTimedOut(
      ActionListener<CoordinatorRewrite.Outcome> done) {
    return ActionListener.wrap(
        done::onResponse,
        fault -> {
          if (GradientFaults.isTimeout(fault)) {
            done.onResponse(about(false, null));
          } else {
            done.onFailure(fault);
          }
        });
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
      ThreadPool threadPool,
      ActionListener<Boolean> listener) {
    Normalize normalize = query.options().normalize();
    if (normalize.artefact() == null) {
      acquire(ticket, query.field(), gradient, listener);
      return;
    }
    keep(
        normalize.reference(gradient),
        ticket,
        threadPool,
        ActionListener.wrap(
            kept -> acquire(ticket, query.field(), gradient, listener), listener::onFailure));
  }

  /** Keeps an artefact in memory until the request's reader context or the request itself ends. */
  private void keep(
      ArtefactReference artefact,
      Optional<ScanTicket> ticket,
      ThreadPool threadPool,
      ActionListener<Void> listener) {
    preconditioners.keep(
        artefact,
        RequestOrigin.whileWanted(
            threadPool,
            "artefact [%s] was not read within the timeout of the search".formatted(artefact.id()),
            ActionListener.map(
                listener,
                use -> {
                  ticket.ifPresentOrElse(each -> each.keep(use), use::close);
                  return null;
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
