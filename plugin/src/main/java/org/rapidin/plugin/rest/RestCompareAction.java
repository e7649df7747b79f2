package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.compare.CompareAction;
import org.rapidin.plugin.compare.CompareSample;

/**
 * {@code GET _plugins/_rapidin/attributors/{id}/_compare?with=other&index=train}: how alike two
 * attributors rank documents, as a task. Ends when the connection is closed, unless it was asked
 * not to wait.
 */
public final class RestCompareAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_compare_attributors";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.GET, "/_plugins/_rapidin/attributors/{id}/_compare"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    boolean waits = request.paramAsBoolean("wait_for_completion", true);
    CompareAction.Request compare =
        new CompareAction.Request(
            new CompareAction.Side(request.param("id"), request.param("field")),
            new CompareAction.Side(required(request, "with"), request.param("with_field")),
            required(request, "index"),
            new CompareSample(
                request.paramAsInt("queries", 50),
                request.paramAsInt("documents", 1_000),
                request.paramAsInt("k", CompareSample.ALWAYS),
                request.paramAsLong("seed", 42)),
            !waits);
    if (waits) {
      return channel ->
          new RestCancellableNodeClient(client, request.getHttpChannel())
              .execute(CompareAction.INSTANCE, compare, new RestToXContentListener<>(channel));
    }
    return sendTask(
        client.getLocalNodeId(),
        client.executeLocally(CompareAction.INSTANCE, compare, LoggingTaskListener.instance()));
  }

  private static String required(RestRequest request, String parameter) {
    String value = request.param(parameter);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(
          "[_compare] needs the parameters with, another attributor, and index: ?with=other&index=train");
    }
    return value;
  }
}
