package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.registry.GetAttributorsAction;

/** {@code GET _plugins/_rapidin/attributors[/{id}]}: shows attributors. */
public final class RestGetAttributorsAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_get_attributors";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/_plugins/_rapidin/attributors"),
        new Route(Method.GET, "/_plugins/_rapidin/attributors/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    GetAttributorsAction.Request get = new GetAttributorsAction.Request(request.param("id"));
    return channel ->
        client.execute(GetAttributorsAction.INSTANCE, get, new RestToXContentListener<>(channel));
  }
}
