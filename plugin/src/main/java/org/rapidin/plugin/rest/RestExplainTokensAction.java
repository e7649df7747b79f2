package org.rapidin.plugin.rest;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.explain.Granularity;
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
    Asked asked = Asked.of(request);
    InfluenceQueryBuilder query = asked.query();
    SearchRequest search =
        new SearchRequest(Strings.splitStringByCommaToArray(index))
            .routing(request.param("routing"))
            .allowPartialSearchResults(false)
            .source(
                new SearchSourceBuilder()
                    .query(query.ofDocument(id))
                    .size(2)
                    .fetchSource(false)
                    .ext(List.of(ext(asked))));
    return channel ->
        new RestCancellableNodeClient(client, request.getHttpChannel())
            .execute(
                SearchAction.INSTANCE,
                search,
                new RestBuilderListener<SearchResponse>(channel) {
                  @Override
                  public RestResponse buildResponse(SearchResponse found, XContentBuilder builder)
                      throws Exception {
                    write(builder, hit(found, index, id, query.field()), asked);
                    return new BytesRestResponse(RestStatus.OK, builder);
                  }
                });
  }

  private static InfluenceExtBuilder ext(Asked asked) {
    return new InfluenceExtBuilder(
        asked.query().hasTokens(), 1, false, Optional.empty(), asked.granularity());
  }

  /**
   * What the body of a request asks for.
   *
   * @param query about one generation
   * @param granularity what influences are shown for
   */
  private record Asked(InfluenceQueryBuilder query, Granularity granularity) {
    static Asked of(RestRequest request) throws IOException {
      if (!request.hasContent()) {
        throw noQuery();
      }
      try (XContentParser parser = request.contentParser()) {
        return of(parser);
      }
    }

    private static Asked of(XContentParser parser) throws IOException {
      QueryBuilder query = null;
      Granularity granularity = Granularity.TOKEN;
      parser.nextToken();
      while (parser.nextToken() == Token.FIELD_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        switch (key) {
          case "query" -> query = AbstractQueryBuilder.parseInnerQueryBuilder(parser);
          case "granularity" -> granularity = Granularity.read(parser);
          default ->
              throw new IllegalArgumentException(
                  "[_rapidin_explain] does not know [%s]; it takes query and granularity"
                      .formatted(key));
        }
      }
      if (query == null) {
        throw noQuery();
      }
      if (!(query instanceof InfluenceQueryBuilder influence)) {
        throw new IllegalArgumentException(
            "[_rapidin_explain] takes an [influence] query, got [%s]".formatted(query.getName()));
      }
      return new Asked(influence, granularity);
    }

    private static IllegalArgumentException noQuery() {
      return new IllegalArgumentException(
          "[_rapidin_explain] needs a body with a query: {\"query\": {\"influence\": {\"FIELD\": {…}}}}");
    }
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
          "several documents have the id [%s], in %s: name one of the indices, and set routing if the document has one"
              .formatted(
                  id, Arrays.stream(hits).map(SearchHit::getIndex).distinct().sorted().toList()));
    }
    return hits[0];
  }

  /** What hits have in their fields, of one hit. */
  private static void write(XContentBuilder builder, SearchHit hit, Asked asked)
      throws IOException {
    String queryName = asked.query().queryName();
    String parts = asked.granularity().plural();
    Map<?, ?> training = training(hit, queryName);
    List<?> values = (List<?>) training.get(parts);
    double sum = 0;
    for (Object value : values) {
      sum += ((Number) ((Map<?, ?>) value).get("influence")).doubleValue();
    }
    builder.startObject().field("_index", hit.getIndex()).field("_id", hit.getId());
    builder.field("influence", (Object) hit.field(ClauseNames.influence(queryName)).getValue());
    builder.field("sum", sum).field("truncated", training.get("truncated"));
    builder.field("training_" + parts, values);
    DocumentField generated = hit.field(ClauseNames.tokens(queryName));
    if (generated != null) {
      builder.field("generated_" + parts, generated.getValues());
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
