package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.search.BooleanClause.Occur;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;

/** Finds the influence queries of a search that score its hits. */
public final class InfluenceClauses {
  private InfluenceClauses() {}

  /**
   * Returns those of the query and of the rescorers.
   *
   * @param source a search, or null
   */
  public static List<InfluenceQueryBuilder> in(SearchSourceBuilder source) {
    return source == null
        ? List.of()
        : found(Stream.concat(Stream.ofNullable(source.query()), rescoreQueries(source)));
  }

  /**
   * Whether a search scores all rows of a field, by one query.
   *
   * @param source a search, or null
   */
  public static boolean scanAll(SearchSourceBuilder source) {
    return source != null
        && source.query() instanceof InfluenceQueryBuilder query
        && query.options().scanAll()
        && in(source).size() == 1;
  }

  /**
   * Returns those of the rescorers.
   *
   * @param source a search, or null
   */
  static List<InfluenceQueryBuilder> inRescorers(SearchSourceBuilder source) {
    return source == null ? List.of() : found(rescoreQueries(source));
  }

  private static Stream<QueryBuilder> rescoreQueries(SearchSourceBuilder source) {
    return Stream.ofNullable(source.rescores())
        .flatMap(List::stream)
        .filter(QueryRescorerBuilder.class::isInstance)
        .map(rescorer -> ((QueryRescorerBuilder) rescorer).getRescoreQuery());
  }

  private static List<InfluenceQueryBuilder> found(Stream<QueryBuilder> queries) {
    Collector collector = new Collector(new ArrayList<>());
    queries.forEach(query -> query.visit(collector));
    return collector.found();
  }

  private record Collector(List<InfluenceQueryBuilder> found) implements QueryBuilderVisitor {
    @Override
    public void accept(QueryBuilder query) {
      if (query instanceof InfluenceQueryBuilder influence) {
        found.add(influence);
      }
    }

    @Override
    public QueryBuilderVisitor getChildVisitor(Occur occur) {
      return this;
    }
  }
}
