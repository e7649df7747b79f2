package org.rapidin.plugin.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.dispatch.NodeStats;
import org.rapidin.plugin.dispatch.QueryGradients;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.scan.ScanPermits;

/** Answers {@link NodesStatsAction} from this node's counters. */
public final class TransportNodesStatsAction
    extends TransportEachNodeAction<NodesStatsAction.Request, NodeStats> {
  private final LocalGradients local;
  private final QueryGradients queries;
  private final ModelCatalog catalog;
  private final CircuitBreakerService breakers;
  private final NodeScanEngine engine;
  private final ScanPermits permits;
  private final ArtefactCounts artefacts;

  @Inject
  public TransportNodesStatsAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      LocalGradients local,
      QueryGradients queries,
      ModelCatalog catalog,
      CircuitBreakerService breakers,
      NodeScanEngine engine,
      ScanPermits permits,
      ArtefactCounts artefacts) {
    super(
        NodesStatsAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesStatsAction.Request::new,
        NodeStats::read,
        ThreadPool.Names.MANAGEMENT);
    this.local = local;
    this.queries = queries;
    this.catalog = catalog;
    this.breakers = breakers;
    this.engine = engine;
    this.permits = permits;
    this.artefacts = artefacts;
  }

  @Override
  NodeStats answer(NodesStatsAction.Request request, Task task) {
    try {
      return NodeStats.of(
          local,
          queries,
          breakers.getBreaker(VectorMemory.BREAKER),
          catalog.models(),
          engine.stats(),
          permits.stats(),
          engine.cpuRows(),
          engine.candidates().counts(),
          artefacts.stats());
    } catch (IOException e) {
      throw new UncheckedIOException("the models directory cannot be read", e);
    }
  }
}
