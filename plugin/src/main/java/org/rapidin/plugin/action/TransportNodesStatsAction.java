package org.rapidin.plugin.action;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.gradient.LocalGradients;
import org.rapidin.plugin.gradient.NodeStats;
import org.rapidin.plugin.gradient.VectorMemory;

/** Answers {@link NodesStatsAction} from this node's counters. */
public final class TransportNodesStatsAction
    extends TransportNodesAction<
        NodesStatsAction.Request,
        NodesStatsAction.Response,
        NodesStatsAction.NodeRequest,
        NodesStatsAction.NodeResponse> {
  private final LocalGradients local;
  private final ModelCatalog catalog;
  private final CircuitBreakerService breakers;

  @Inject
  public TransportNodesStatsAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      LocalGradients local,
      ModelCatalog catalog,
      CircuitBreakerService breakers) {
    super(
        NodesStatsAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesStatsAction.Request::new,
        NodesStatsAction.NodeRequest::new,
        ThreadPool.Names.MANAGEMENT,
        NodesStatsAction.NodeResponse.class);
    this.local = local;
    this.catalog = catalog;
    this.breakers = breakers;
  }

  @Override
  protected NodesStatsAction.Response newResponse(
      NodesStatsAction.Request request,
      List<NodesStatsAction.NodeResponse> answers,
      List<FailedNodeException> failures) {
    return new NodesStatsAction.Response(clusterService.getClusterName(), answers, failures);
  }

  @Override
  protected NodesStatsAction.NodeRequest newNodeRequest(NodesStatsAction.Request request) {
    return new NodesStatsAction.NodeRequest();
  }

  @Override
  protected NodesStatsAction.NodeResponse newNodeResponse(StreamInput in) throws IOException {
    return new NodesStatsAction.NodeResponse(in);
  }

  @Override
  protected NodesStatsAction.NodeResponse nodeOperation(NodesStatsAction.NodeRequest request) {
    try {
      return new NodesStatsAction.NodeResponse(
          clusterService.localNode(),
          NodeStats.of(local, breakers.getBreaker(VectorMemory.BREAKER), catalog.models()));
    } catch (IOException e) {
      throw new UncheckedIOException("the models directory cannot be read", e);
    }
  }
}
