package org.rapidin.plugin.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.AttributorMetadata;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.gradient.LocalGradients;

/** Serves {@link NodesLoadAction} on one node. */
public final class TransportNodesLoadAction
    extends TransportNodesAction<
        NodesLoadAction.Request,
        NodesLoadAction.Response,
        NodesLoadAction.NodeRequest,
        NodesLoadAction.NodeResponse> {
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
        NodesLoadAction.NodeRequest::new,
        // Waits until the model is there, for seconds or minutes.
        ThreadPool.Names.GENERIC,
        NodesLoadAction.NodeResponse.class);
    this.local = local;
    this.catalog = catalog;
  }

  @Override
  protected NodesLoadAction.Response newResponse(
      NodesLoadAction.Request request,
      List<NodesLoadAction.NodeResponse> answers,
      List<FailedNodeException> failures) {
    return new NodesLoadAction.Response(clusterService.getClusterName(), answers, failures);
  }

  @Override
  protected NodesLoadAction.NodeRequest newNodeRequest(NodesLoadAction.Request request) {
    return new NodesLoadAction.NodeRequest(request);
  }

  @Override
  protected NodesLoadAction.NodeResponse newNodeResponse(StreamInput in) throws IOException {
    return new NodesLoadAction.NodeResponse(in);
  }

  @Override
  protected NodesLoadAction.NodeResponse nodeOperation(NodesLoadAction.NodeRequest request) {
    int attributors = request.load() ? load(request.model()) : local.unload(request.model());
    return new NodesLoadAction.NodeResponse(clusterService.localNode(), attributors);
  }

  private int load(String model) {
    int loaded = 0;
    for (RegisteredAttributor attributor :
        AttributorMetadata.of(clusterService.state()).attributors().values()) {
      if (attributor.spec().model().equals(model)
          && catalog.report(attributor.spec()) instanceof ModelReport.Usable) {
        local.load(attributor);
        loaded++;
      }
    }
    return loaded;
  }
}
