package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.attribution.Sample;
import org.rapidin.plugin.registry.VectorizeAction;

/** {@code POST _plugins/_rapidin/attributors/{id}/_vectorize}: returns raw vectors. */
public final class RestVectorizeAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_vectorize";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/_plugins/_rapidin/attributors/{id}/_vectorize"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String attributor = request.param("id");
    List<Sample> samples;
    try (XContentParser parser = request.contentParser()) {
      samples = SampleListParser.parse(parser);
    }
    VectorizeAction.Request vectorize = new VectorizeAction.Request(attributor, samples);
    return channel ->
        new RestCancellableNodeClient(client, request.getHttpChannel())
            .execute(VectorizeAction.INSTANCE, vectorize, new RestToXContentListener<>(channel));
  }
}
