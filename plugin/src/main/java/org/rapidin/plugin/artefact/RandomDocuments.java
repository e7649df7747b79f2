package org.rapidin.plugin.artefact;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.lucene.search.function.CombineFunction;
import org.opensearch.core.common.Strings;
import org.opensearch.index.mapper.SeqNoFieldMapper;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.functionscore.RandomScoreFunctionBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;

/** Searches for documents in a random order: the same one while the shards have the same ones. */
final class RandomDocuments {
  private RandomDocuments() {}

  /**
   * Makes a search, which fails if a shard does.
   *
   * @param index names, aliases or patterns, separated by commas
   * @param wanted which documents
   * @param seed decides the order
   */
  static SearchRequest search(String index, QueryBuilder wanted, long seed) {
    RandomScoreFunctionBuilder order =
        new RandomScoreFunctionBuilder().seed(seed).setField(SeqNoFieldMapper.NAME);
    return new SearchRequest(Strings.splitStringByCommaToArray(index))
        .source(
            new SearchSourceBuilder()
                .query(
                    QueryBuilders.functionScoreQuery(wanted, order)
                        .boostMode(CombineFunction.REPLACE)))
        .allowPartialSearchResults(false);
  }
}
