package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.artefact.FitArtefactAction;

/**
 * {@code POST _plugins/_rapidin/artefacts/{id}?wait_for_completion=true}: fits an artefact, as a
 * task. Ends when the connection is closed, unless it was asked not to wait.
 */
public final class RestFitArtefactAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_fit_artefact";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/_plugins/_rapidin/artefacts/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    boolean waits = request.paramAsBoolean("wait_for_completion", true);
    Map<String, Object> body = body(request);
    FitArtefactAction.Request fit =
        new FitArtefactAction.Request(
            request.param("id"),
            body,
            query(body.get("query"), request),
            body.get("evaluation") instanceof Map<?, ?> evaluation
                ? query(evaluation.get("query"), request)
                : null,
            !waits);
    if (waits) {
      return channel ->
          new RestCancellableNodeClient(client, request.getHttpChannel())
              .execute(FitArtefactAction.INSTANCE, fit, new RestToXContentListener<>(channel));
    }
    return sendTask(
        client.getLocalNodeId(),
        client.executeLocally(FitArtefactAction.INSTANCE, fit, LoggingTaskListener.instance()));
  }

  private static Map<String, Object> body(RestRequest request) throws IOException {
    try (XContentParser parser = request.contentParser()) {
      return parser.map();
    }
  }

  @SuppressWarnings("unchecked")
  private static QueryBuilder query(Object query, RestRequest request) throws IOException {
    if (query == null) {
      return null;
    }
    if (!(query instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("[query] takes one query");
    }
    XContentBuilder json = XContentFactory.jsonBuilder().map((Map<String, Object>) map);
    try (XContentParser parser =
        XContentHelper.createParser(
            request.getXContentRegistry(),
            DeprecationHandler.IGNORE_DEPRECATIONS,
            BytesReference.bytes(json),
            MediaTypeRegistry.JSON)) {
      parser.nextToken();
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    }
  }
}
