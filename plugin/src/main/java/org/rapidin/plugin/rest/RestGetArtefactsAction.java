package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.artefact.ArtefactRequest;
import org.rapidin.plugin.artefact.GetArtefactsAction;

/** {@code GET _plugins/_rapidin/artefacts[/{id}]}: shows artefacts, without their bytes. */
public final class RestGetArtefactsAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_get_artefacts";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/_plugins/_rapidin/artefacts"),
        new Route(Method.GET, "/_plugins/_rapidin/artefacts/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    ArtefactRequest get = new ArtefactRequest(request.param("id"));
    return channel ->
        client.execute(GetArtefactsAction.INSTANCE, get, new RestToXContentListener<>(channel));
  }
}
