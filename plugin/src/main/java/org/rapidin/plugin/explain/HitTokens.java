package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.rapidin.plugin.handle.QueryToken;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;

/**
 * The hits of one shard that one influence query ranks, with their rows.
 *
 * @param query whose tokens are asked about
 * @param granularity whether the hits show tokens or words
 * @param hits in the order of {@code rows}
 * @param rows the stored vectors of the hits
 */
record HitTokens(
    AttributedInfluenceQuery query,
    Granularity granularity,
    List<SearchHit> hits,
    List<HitRow> rows) {

  /** The field of a hit that the influences on tokens are written to. */
  String field() {
    return ClauseNames.tokens(query.name());
  }

  long bytes() {
    return rows.stream().mapToLong(row -> row.bytes().length).sum();
  }

  /**
   * Writes the influences into the hits.
   *
   * @param influences one array per hit, one raw signed value per selected token
   */
  void write(double[][] influences) {
    List<QueryToken> tokens = query.gradient().tokens();
    TokenGroups groups;
    try {
      groups =
          TokenGroups.of(
              granularity,
              tokens.stream().map(QueryToken::text).toList(),
              query.gradient().words());
    } catch (IllegalArgumentException e) {
      write(e.getMessage());
      return;
    }
    for (int i = 0; i < hits.size(); i++) {
      set(hits.get(i), List.copyOf(groups.entries(ofEach(tokens, influences[i], 0))));
    }
  }

  /** Writes into the hits why there are no influences: {@code [{"error": "…"}]}. */
  void write(String reason) {
    hits.forEach(hit -> set(hit, List.of(Map.of("error", reason))));
  }

  /** Sets the field of a hit. */
  void set(SearchHit hit, List<Object> values) {
    hit.setDocumentField(field(), new DocumentField(field(), values));
  }

  /**
   * Returns the number of each generated token, null where the query is not about it.
   *
   * @param numbers those of the selected tokens
   * @param first where they begin
   */
  static List<Double> ofEach(List<QueryToken> tokens, double[] numbers, int first) {
    List<Double> all = new ArrayList<>();
    int next = first;
    for (QueryToken token : tokens) {
      all.add(token.selected() ? (Double) numbers[next++] : null);
    }
    return all;
  }
}
