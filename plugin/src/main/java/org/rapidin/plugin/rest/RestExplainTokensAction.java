package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestActions;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.query.ClauseNames;
import org.rapidin.plugin.query.InfluenceQueryBuilder;

/**
 * {@code POST {index}/_rapidin_explain/{id}}: the influence of each training token of one document,
 * and of each on each generated token. A search that finds this document alone, with its
 * permissions.
 */
public final class RestExplainTokensAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "rapidin_explain_tokens";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/{index}/_rapidin_explain/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String index = request.param("index");
    String id = request.param("id");
    InfluenceQueryBuilder query = query(request);
    SearchRequest search =
        new SearchRequest(Strings.splitStringByCommaToArray(index))
            .routing(request.param("routing"))
            .allowPartialSearchResults(false)
            .source(
                new SearchSourceBuilder()
                    .query(query.ofDocument(id))
                    .size(2)
                    .fetchSource(false)
                    .ext(List.of(new InfluenceExtBuilder(query.hasTokens(), 1, false))));
    return channel ->
        new RestCancellableNodeClient(client, request.getHttpChannel())
            .execute(
                SearchAction.INSTANCE,
                search,
                new RestBuilderListener<SearchResponse>(channel) {
                  @Override
                  public RestResponse buildResponse(SearchResponse found, XContentBuilder builder)
                      throws Exception {
                    write(builder, hit(found, index, id, query.field()), query.queryName());
                    return new BytesRestResponse(RestStatus.OK, builder);
                  }
                });
  }

  private static InfluenceQueryBuilder query(RestRequest request) throws IOException {
    if (!request.hasContent()) {
      throw new IllegalArgumentException(
          "[_rapidin_explain] needs a body: {\"query\": {\"influence\": {\"FIELD\": {…}}}}");
    }
    QueryBuilder query;
    try (XContentParser parser = request.contentParser()) {
      query = RestActions.getQueryContent(parser);
    }
    if (!(query instanceof InfluenceQueryBuilder influence)) {
      throw new IllegalArgumentException(
          "[_rapidin_explain] takes an [influence] query, got [%s]".formatted(query.getName()));
    }
    return influence;
  }

  private static SearchHit hit(SearchResponse found, String index, String id, String field) {
    if (found.isTimedOut()) {
      throw new OpenSearchStatusException(
          "the search for document [%s] did not end within its timeout: send it again"
              .formatted(id),
          RestStatus.SERVICE_UNAVAILABLE);
    }
    if (found.getHits().getHits().length == 0) {
      throw new OpenSearchStatusException(
          "no document [%s] with a gradient in field [%s] of [%s], or the query's filter leaves it out"
              .formatted(id, field, index),
          RestStatus.NOT_FOUND);
    }
    SearchHit[] hits = found.getHits().getHits();
    if (hits.length > 1) {
      throw new IllegalArgumentException(
          "there are several documents [%s], in %s: name one index, and the routing if it has any"
              .formatted(
                  id, Arrays.stream(hits).map(SearchHit::getIndex).distinct().sorted().toList()));
    }
    return hits[0];
  }

  /** What hits have in their fields, of one hit. */
  private static void write(XContentBuilder builder, SearchHit hit, String queryName)
      throws IOException {
    Map<?, ?> training = training(hit, queryName);
    List<?> tokens = (List<?>) training.get("tokens");
    double sum = 0;
    for (Object token : tokens) {
      sum += ((Number) ((Map<?, ?>) token).get("influence")).doubleValue();
    }
    builder.startObject().field("_index", hit.getIndex()).field("_id", hit.getId());
    builder.field("influence", (Object) hit.field(ClauseNames.influence(queryName)).getValue());
    builder.field("sum", sum).field("truncated", training.get("truncated"));
    builder.field("training_tokens", tokens);
    DocumentField generated = hit.field(ClauseNames.tokens(queryName));
    if (generated != null) {
      builder.field("generated_tokens", generated.getValues());
    }
    builder.endObject();
  }

  private static Map<?, ?> training(SearchHit hit, String queryName) {
    DocumentField field = hit.field(ClauseNames.trainingTokens(queryName));
    if (field == null) {
      throw new OpenSearchStatusException(
          "the node of document [%s] has a version of the plugin that does not know its training tokens: upgrade it"
              .formatted(hit.getId()),
          RestStatus.SERVICE_UNAVAILABLE);
    }
    Map<?, ?> training = field.getValue();
    if (training.get("error") instanceof String reason) {
      throw new OpenSearchStatusException(reason, RestStatus.CONFLICT);
    }
    return training;
  }
}
