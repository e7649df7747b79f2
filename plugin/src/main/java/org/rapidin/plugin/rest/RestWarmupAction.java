package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.node.NodesWarmupAction;

/**
 * {@code POST _plugins/_rapidin/warmup/{index}?wait_for_completion=true}: copies the vectors of
 * indices to GPUs before the first query needs them. Ends when the connection is closed, unless it
 * was asked not to wait.
 */
public final class RestWarmupAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_warmup";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/_plugins/_rapidin/warmup/{index}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    boolean waits = request.paramAsBoolean("wait_for_completion", true);
    NodesWarmupAction.Request warmup =
        new NodesWarmupAction.Request(
            !waits, Strings.splitStringByCommaToArray(request.param("index")));
    if (waits) {
      return channel ->
          new RestCancellableNodeClient(client, request.getHttpChannel())
              .execute(NodesWarmupAction.INSTANCE, warmup, new RestToXContentListener<>(channel));
    }
    return sendTask(
        client.getLocalNodeId(),
        client.executeLocally(NodesWarmupAction.INSTANCE, warmup, LoggingTaskListener.instance()));
  }
}
