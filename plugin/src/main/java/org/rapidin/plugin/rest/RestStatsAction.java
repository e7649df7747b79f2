package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensearch.action.FailedNodeException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.ToXContent.Params;
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
import org.rapidin.plugin.node.IndexVectors;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesVectorsAction;

/**
 * {@code GET _plugins/_rapidin/[{nodes}/]stats}: what the given nodes have done for gradients, and
 * how many documents of the cluster have a vector, by who made it.
 */
public final class RestStatsAction extends BaseRestHandler {
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
                  client.execute(
                      NodesVectorsAction.INSTANCE,
                      new NodesVectorsAction.Request(),
                      ActionListener.map(listener, counts -> new Answer(nodes, counts))),
              listener::onFailure));
    };
  }

  private record Answer(NodeAnswers<NodeStats> nodes, NodeAnswers<IndexVectors> vectors) {
    IndexVectors sum() {
      return IndexVectors.sum(vectors.getNodes().stream().map(NodeAnswer::value).toList());
    }

    /** A node that did not count its vectors has failed too: the sums lack its shards. */
    void header(XContentBuilder builder, Params params) throws IOException {
      List<FailedNodeException> failures = new ArrayList<>(nodes.failures());
      failures.addAll(vectors.failures());
      Set<String> failed =
          failures.stream().map(FailedNodeException::nodeId).collect(Collectors.toSet());
      Set<String> all = new HashSet<>(failed);
      nodes.getNodes().forEach(node -> all.add(node.getNode().getId()));
      RestActions.buildNodesHeader(
          builder, params, all.size(), all.size() - failed.size(), failed.size(), failures);
    }
  }

  private static RestBuilderListener<Answer> listener(RestChannel channel) {
    return new RestBuilderListener<>(channel) {
      @Override
      public RestResponse buildResponse(Answer answer, XContentBuilder builder) throws Exception {
        builder.startObject();
        answer.header(builder, channel.request());
        builder.field("cluster_name", answer.nodes().getClusterName().value());
        answer.sum().toXContent(builder, channel.request());
        answer.nodes().nodes(builder, (stats, out) -> stats.toXContent(out, channel.request()));
        return new BytesRestResponse(RestStatus.OK, builder.endObject());
      }
    };
  }
}
