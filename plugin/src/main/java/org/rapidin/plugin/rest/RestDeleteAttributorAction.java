package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.registry.DeleteAttributorAction;

/** {@code DELETE _plugins/_rapidin/attributors/{id}[?force=true]}: removes an attributor. */
public final class RestDeleteAttributorAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_delete_attributor";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.DELETE, "/_plugins/_rapidin/attributors/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    DeleteAttributorAction.Request delete =
        new DeleteAttributorAction.Request(
            request.param("id"), request.paramAsBoolean("force", false));
    delete.timeout(request.paramAsTime("timeout", delete.timeout()));
    delete.clusterManagerNodeTimeout(
        request.paramAsTime("cluster_manager_timeout", delete.clusterManagerNodeTimeout()));
    return channel ->
        client.execute(
            DeleteAttributorAction.INSTANCE, delete, new RestToXContentListener<>(channel));
  }
}
