package org.rapidin.plugin.node;

import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.LocalGradients;

/** Serves {@link NodesLoadAction} on one node. */
public final class TransportNodesLoadAction
    extends TransportEachNodeAction<NodesLoadAction.Request, NodesLoadAction.Loaded> {
  private final LocalGradients local;
  private final ModelCatalog catalog;

  @Inject
  public TransportNodesLoadAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      LocalGradients local,
      ModelCatalog catalog) {
    super(
        NodesLoadAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesLoadAction.Request::new,
        NodesLoadAction.Loaded::read,
        ModelThreads.NAME);
    this.local = local;
    this.catalog = catalog;
  }

  @Override
  NodesLoadAction.Loaded answer(NodesLoadAction.Request request, Task task) {
    String model = request.model();
    int attributors = request.load() ? load(model) : local.unload(model);
    return new NodesLoadAction.Loaded(local.has(model), attributors);
  }

  private int load(String model) {
    int loaded = 0;
    for (RegisteredAttributor attributor :
        AttributorMetadata.of(clusterService.state()).attributors().values()) {
      if (attributor.spec().model().equals(model)
          && catalog.report(attributor.spec(), false) instanceof ModelReport.Usable) {
        local.load(attributor.resolved());
        loaded++;
      }
    }
    return loaded;
  }
}
