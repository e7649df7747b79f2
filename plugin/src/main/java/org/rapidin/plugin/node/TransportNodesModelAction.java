package org.rapidin.plugin.node;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.ModelReport;

/** Answers {@link NodesModelAction} from the files of this node. */
public final class TransportNodesModelAction
    extends TransportEachNodeAction<NodesModelAction.Request, ModelReport> {
  private final ModelCatalog catalog;

  @Inject
  public TransportNodesModelAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      ModelCatalog catalog) {
    super(
        NodesModelAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesModelAction.Request::new,
        ModelReport::read,
        ModelThreads.NAME);
    this.catalog = catalog;
  }

  @Override
  ModelReport answer(NodesModelAction.Request request, Task task) {
    return catalog.report(request.spec(), request.parts());
  }
}
