package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.registry.PutAttributorAction;

/**
 * {@code PUT _plugins/_rapidin/attributors/{id}}: registers an attributor once it has passed the
 * checks, which {@code ?check=false} leaves out.
 */
public final class RestPutAttributorAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_put_attributor";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.PUT, "/_plugins/_rapidin/attributors/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    PutAttributorAction.Request put =
        new PutAttributorAction.Request(
            request.param("id"),
            AttributorSpecFormat.fromMap(body(request)),
            request.paramAsBoolean("check", true));
    put.timeout(request.paramAsTime("timeout", put.timeout()));
    put.clusterManagerNodeTimeout(
        request.paramAsTime("cluster_manager_timeout", put.clusterManagerNodeTimeout()));
    return channel ->
        client.execute(PutAttributorAction.INSTANCE, put, new RestToXContentListener<>(channel));
  }

  private static Map<String, Object> body(RestRequest request) throws IOException {
    try (XContentParser parser = request.contentParser()) {
      return parser.map();
    }
  }
}
