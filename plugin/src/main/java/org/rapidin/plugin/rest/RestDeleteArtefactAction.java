package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.artefact.ArtefactRequest;
import org.rapidin.plugin.artefact.DeleteArtefactAction;

/** {@code DELETE _plugins/_rapidin/artefacts/{id}}: removes an artefact. */
public final class RestDeleteArtefactAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_delete_artefact";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.DELETE, "/_plugins/_rapidin/artefacts/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    ArtefactRequest delete = new ArtefactRequest(request.param("id"));
    return channel ->
        client.execute(
            DeleteArtefactAction.INSTANCE, delete, new RestToXContentListener<>(channel));
  }
}
