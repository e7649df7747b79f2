package org.rapidin.plugin.node;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.dispatch.LocalGradients;

/** Serves {@link NodesCheckAction} on one node, on its gradient threads. */
public final class TransportNodesCheckAction
    extends TransportEachNodeAction<NodesCheckAction.Request, AttributorCheckResult> {
  private final LocalGradients local;

  @Inject
  public TransportNodesCheckAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      LocalGradients local) {
    super(
        NodesCheckAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesCheckAction.Request::new,
        AttributorCheckResult::read,
        ModelThreads.NAME);
    this.local = local;
  }

  @Override
  AttributorCheckResult answer(NodesCheckAction.Request request, Task task) {
    try {
      return AttributorCheckResult.of(local.check(request.attributor().resolved()));
    } catch (OpenSearchRejectedExecutionException | CircuitBreakingException full) {
      return AttributorCheckResult.skipped(full.getMessage());
    } catch (OpenSearchStatusException e) {
      if (e.status() == RestStatus.SERVICE_UNAVAILABLE) {
        return AttributorCheckResult.skipped(e.getMessage());
      }
      throw e;
    }
  }
}
