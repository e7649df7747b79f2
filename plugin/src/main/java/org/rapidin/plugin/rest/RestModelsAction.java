package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestActions;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.dispatch.NodeStats;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesStatsAction;

/** {@code GET _plugins/_rapidin/models}: the model directories of all nodes, and who failed. */
public final class RestModelsAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_models";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.GET, "/_plugins/_rapidin/models"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    return channel ->
        client.execute(
            NodesStatsAction.INSTANCE,
            new NodesStatsAction.Request(),
            new RestBuilderListener<>(channel) {
              @Override
              public RestResponse buildResponse(
                  NodeAnswers<NodeStats> response, XContentBuilder builder) throws Exception {
                builder.startObject();
                RestActions.buildNodesHeader(builder, channel.request(), response);
                builder.field("cluster_name", response.getClusterName().value());
                response.nodes(builder, NodeStats::models);
                return new BytesRestResponse(RestStatus.OK, builder.endObject());
              }
            });
  }
}
