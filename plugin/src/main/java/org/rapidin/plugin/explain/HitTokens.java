package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * @param hits in the order of {@code rows}
 * @param rows the stored vectors of the hits
 */
record HitTokens(AttributedInfluenceQuery query, List<SearchHit> hits, List<HitRow> rows) {

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
    for (int i = 0; i < hits.size(); i++) {
      set(hits.get(i), entries(influences[i]));
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

  private List<Object> entries(double[] influences) {
    List<Object> entries = new ArrayList<>();
    int selected = 0;
    for (QueryToken token : query.gradient().tokens()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("token", token.text());
      if (token.selected()) {
        entry.put("influence", influences[selected++]);
      }
      entries.add(entry);
    }
    return entries;
  }
}
