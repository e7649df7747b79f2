package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.action.NodesStatsAction;

/** {@code GET _plugins/_rapidin/[{nodes}/]stats}: what nodes have done for gradients. */
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
    NodesStatsAction.Request stats =
        new NodesStatsAction.Request(Strings.splitStringByCommaToArray(request.param("nodes")));
    return channel ->
        client.execute(
            NodesStatsAction.INSTANCE, stats, new NodesResponseRestListener<>(channel));
  }
}
