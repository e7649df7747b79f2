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
import org.rapidin.plugin.attributor.ModelCatalog;

/** Answers {@link NodesModelAction} from the files of this node. */
public final class TransportNodesModelAction
    extends TransportNodesAction<
        NodesModelAction.Request,
        NodesModelAction.Response,
        NodesModelAction.NodeRequest,
        NodesModelAction.NodeResponse> {
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
        NodesModelAction.NodeRequest::new,
        // Hashing gigabytes takes seconds: never on a transport thread.
        ThreadPool.Names.GENERIC,
        NodesModelAction.NodeResponse.class);
    this.catalog = catalog;
  }

  @Override
  protected NodesModelAction.Response newResponse(
      NodesModelAction.Request request,
      List<NodesModelAction.NodeResponse> answers,
      List<FailedNodeException> failures) {
    return new NodesModelAction.Response(clusterService.getClusterName(), answers, failures);
  }

  @Override
  protected NodesModelAction.NodeRequest newNodeRequest(NodesModelAction.Request request) {
    return new NodesModelAction.NodeRequest(request);
  }

  @Override
  protected NodesModelAction.NodeResponse newNodeResponse(StreamInput in) throws IOException {
    return new NodesModelAction.NodeResponse(in);
  }

  @Override
  protected NodesModelAction.NodeResponse nodeOperation(NodesModelAction.NodeRequest request) {
    return new NodesModelAction.NodeResponse(
        clusterService.localNode(), catalog.report(request.spec()));
  }
}
