package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.common.unit.TimeValue;
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
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesLoadAction;

/**
 * {@code POST _plugins/_rapidin/models/{id}/_load|_unload?timeout=1m}: loads a model before the
 * first gradient needs it, or frees its memory.
 */
public final class RestLoadModelAction extends BaseRestHandler {
  // A node that is not ready then goes on loading, and its answer is a failure that says so.
  private static final TimeValue DEFAULT_TIMEOUT = TimeValue.timeValueMinutes(1);

  private static final String LOAD = "/_plugins/_rapidin/models/{id}/_load";
  private static final String UNLOAD = "/_plugins/_rapidin/models/{id}/_unload";

  @Override
  public String getName() {
    return "rapidin_load_model";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, LOAD), new Route(Method.POST, UNLOAD));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String model = request.param("id");
    boolean loads = request.path().endsWith("/_load");
    NodesLoadAction.Request load = new NodesLoadAction.Request(model, loads);
    load.timeout(request.paramAsTime("timeout", DEFAULT_TIMEOUT));
    return channel ->
        client.execute(
            NodesLoadAction.INSTANCE,
            load,
            new RestBuilderListener<>(channel) {
              @Override
              public RestResponse buildResponse(
                  NodeAnswers<NodesLoadAction.Loaded> answers, XContentBuilder builder)
                  throws Exception {
                requireKnown(model, loads, answers);
                builder.startObject();
                RestActions.buildNodesHeader(builder, channel.request(), answers);
                builder.field("cluster_name", answers.getClusterName().value());
                answers.nodes(
                    builder, (loaded, out) -> out.field("attributors", loaded.attributors()));
                return new BytesRestResponse(RestStatus.OK, builder.endObject());
              }
            });
  }

  /** A misspelled name must not look like a model that was loaded. */
  private static void requireKnown(
      String model, boolean loads, NodeAnswers<NodesLoadAction.Loaded> answers) {
    if (answers.hasFailures()) {
      return;
    }
    List<NodesLoadAction.Loaded> nodes =
        answers.getNodes().stream().map(NodeAnswer::value).toList();
    if (nodes.stream().noneMatch(NodesLoadAction.Loaded::present)) {
      throw new ResourceNotFoundException(
          "no node has a model [%s]; GET _plugins/_rapidin/models lists them".formatted(model));
    }
    if (loads && nodes.stream().allMatch(node -> node.attributors() == 0)) {
      throw new IllegalArgumentException(
          "no registered attributor uses model [%s]: PUT one first, it says what to load"
              .formatted(model));
    }
  }
}
