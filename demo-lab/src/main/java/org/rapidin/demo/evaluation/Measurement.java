package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The quality of one ranking at several depths.
 *
 * @param name the ranking
 * @param at quality by k, averaged over the queries
 */
public record Measurement(String name, Map<Integer, RankingQuality> at) {
  /** The depths of the table. */
  public static final List<Integer> DEPTHS = List.of(5, 10, 50, 100);

  /**
   * Measures a ranking.
   *
   * @param scores queries × documents
   * @param poisoned one per document
   */
  static Measurement of(String name, double[][] scores, boolean[] poisoned) {
    Map<Integer, RankingQuality> at = new LinkedHashMap<>();
    for (int k : DEPTHS) {
      List<RankingQuality> queries = new ArrayList<>();
      for (double[] query : scores) {
        queries.add(RankingQuality.of(query, poisoned, k));
      }
      at.put(k, RankingQuality.mean(queries));
    }
    return new Measurement(name, at);
  }

  /** Returns a row of a Markdown table: auPRC/auROC at each depth. */
  String row() {
    StringBuilder row = new StringBuilder("| ").append(name).append(" |");
    at.values()
        .forEach(
            quality ->
                row.append(
                    String.format(
                        Locale.ROOT, " %.3f / %.3f |", quality.auPrc(), quality.auRoc())));
    return row.toString();
  }
}
