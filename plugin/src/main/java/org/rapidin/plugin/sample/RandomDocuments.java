package org.rapidin.plugin.sample;

import java.util.Arrays;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.lucene.search.function.CombineFunction;
import org.opensearch.core.common.Strings;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.functionscore.RandomScoreFunctionBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Documents that are drawn at random: the same ones while the shards have the same documents. They
 * are found by a search of the user, who sees what the user may see.
 *
 * @param fields gradient fields, in each of which a document has a vector; none for any documents
 * @param size documents that are drawn at most, 1 to 10,000: OpenSearch answers no more hits
 * @param seed decides which ones are drawn, and their order
 */
public record RandomDocuments(List<String> fields, int size, long seed) {

  /** A document, and the node that has the copy of its shard that was searched. */
  public record Drawn(ShardId shard, String node, String id) {}

  /**
   * Draws documents; blocks.
   *
   * @param client sends the search
   * @param index names, aliases or patterns, separated by commas
   * @param query that they match; null for all
   * @param check throws to end the wait
   * @return in random order
   * @throws IllegalArgumentException if there are none
   */
  public List<Drawn> draw(Client client, String index, QueryBuilder query, Runnable check) {
    SearchRequest request = request(index, query);
    request.source().fetchSource(false).trackTotalHits(false).size(size);
    List<Drawn> drawn =
        Arrays.stream(WantedAnswer.await(client.search(request), check).getHits().getHits())
            .map(
                hit ->
                    new Drawn(hit.getShard().getShardId(), hit.getShard().getNodeId(), hit.getId()))
            .toList();
    if (drawn.isEmpty()) {
      throw new IllegalArgumentException(
          "no document of [%s] %shas a vector in %s %s"
              .formatted(
                  index,
                  query == null ? "" : "matches the query and ",
                  fields.size() == 1 ? "field" : "fields",
                  String.join(" and ", fields.stream().map("[%s]"::formatted).toList())));
    }
    return drawn;
  }

  /** Returns a search for documents in random order, as {@link #draw} has them. */
  SearchRequest request(String index, QueryBuilder query) {
    BoolQueryBuilder wanted = QueryBuilders.boolQuery();
    fields.forEach(field -> wanted.filter(QueryBuilders.existsQuery(field)));
    if (query != null) {
      wanted.filter(query);
    }
    return new SearchRequest(Strings.splitStringByCommaToArray(index))
        .source(
            new SearchSourceBuilder()
                .query(
                    QueryBuilders.functionScoreQuery(
                            wanted,
                            new RandomScoreFunctionBuilder()
                                .seed(seed)
                                .setField(SeqNoFieldMapper.NAME))
                        .boostMode(CombineFunction.REPLACE)))
        .allowPartialSearchResults(false);
  }
}
