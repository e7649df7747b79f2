package org.rapidin.plugin.rest;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestActions;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.dispatch.NodeStats;
import org.rapidin.plugin.node.MissingVectors;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesStatsAction;

/**
 * {@code GET _plugins/_rapidin/[{nodes}/]stats}: what nodes have done for gradients, and how many
 * documents have no vector.
 */
public final class RestStatsAction extends BaseRestHandler {
  private final MissingVectors missing;

  /**
   * @param missing counts documents without a vector
   */
  public RestStatsAction(MissingVectors missing) {
    this.missing = missing;
  }

  @Override
  public String getName() {
    return "rapidin_stats";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/_plugins/_rapidin/stats"),
        new Route(Method.GET, "/_plugins/_rapidin/{nodes}/stats"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    NodesStatsAction.Request ask =
        new NodesStatsAction.Request(Strings.splitStringByCommaToArray(request.param("nodes")));
    return channel -> {
      RestBuilderListener<Answer> listener = listener(channel);
      client.execute(
          NodesStatsAction.INSTANCE,
          ask,
          ActionListener.wrap(
              nodes ->
                  missing.count(
                      client, ActionListener.map(listener, counts -> new Answer(nodes, counts))),
              listener::onFailure));
    };
  }

  private record Answer(
      NodeAnswers<NodeStats> nodes, SortedMap<String, Map<String, Long>> missing) {}

  private static RestBuilderListener<Answer> listener(RestChannel channel) {
    return new RestBuilderListener<>(channel) {
      @Override
      public RestResponse buildResponse(Answer answer, XContentBuilder builder) throws Exception {
        builder.startObject();
        RestActions.buildNodesHeader(builder, channel.request(), answer.nodes());
        builder.field("cluster_name", answer.nodes().getClusterName().value());
        builder.field("documents_without_vector", answer.missing());
        answer.nodes().nodes(builder, (stats, out) -> stats.toXContent(out, channel.request()));
        return new BytesRestResponse(RestStatus.OK, builder.endObject());
      }
    };
  }
}
