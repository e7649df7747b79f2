package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestActions;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesCheckAction;

/** {@code POST _plugins/_rapidin/attributors/{id}/_check}: checks an attributor on every node. */
public final class RestCheckAttributorAction extends BaseRestHandler {
  private static final TimeValue DEFAULT_TIMEOUT = TimeValue.timeValueMinutes(5);

  private final AttributorRegistry registry;

  /** Looks attributors up in the given registry. */
  public RestCheckAttributorAction(AttributorRegistry registry) {
    this.registry = registry;
  }

  @Override
  public String getName() {
    return "rapidin_check_attributor";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/_plugins/_rapidin/attributors/{id}/_check"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    NodesCheckAction.Request check =
        new NodesCheckAction.Request(registry.require(request.param("id")));
    check.timeout(request.paramAsTime("timeout", DEFAULT_TIMEOUT));
    return channel ->
        client.execute(
            NodesCheckAction.INSTANCE,
            check,
            new RestBuilderListener<>(channel) {
              @Override
              public RestResponse buildResponse(
                  NodeAnswers<AttributorCheckResult> answers, XContentBuilder builder)
                  throws Exception {
                builder.startObject();
                RestActions.buildNodesHeader(builder, channel.request(), answers);
                answers.nodes(
                    builder, (result, out) -> result.toXContent(out, ToXContent.EMPTY_PARAMS));
                return new BytesRestResponse(RestStatus.OK, builder.endObject());
              }
            });
  }
}
