package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.action.NodesLoadAction;

/**
 * {@code POST _plugins/_rapidin/models/{id}/_load|_unload}: models come with the first gradient;
 * this is for who would not have it wait, or wants the memory back.
 */
public final class RestLoadModelAction extends BaseRestHandler {
  private static final String LOAD = "/_plugins/_rapidin/models/{id}/_load";
  private static final String UNLOAD = "/_plugins/_rapidin/models/{id}/_unload";

  @Override
  public String getName() {
    return "rapidin_load_model";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, LOAD), new Route(Method.POST, UNLOAD));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    NodesLoadAction.Request load =
        new NodesLoadAction.Request(request.param("id"), request.path().endsWith("/_load"));
    return channel ->
        client.execute(NodesLoadAction.INSTANCE, load, new NodesResponseRestListener<>(channel));
  }
}
