package org.rapidin.plugin.explain;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.handle.QueryToken;
import org.rapidin.plugin.handle.ResolvedGradient;

/** How the influences of training tokens stand in a hit. */
final class TrainingTokenValues {
  /** An object, and its place in a list that has grown. */
  private static final long BYTES_OF_NUMBER = 24;

  /** A map of four entries, and what is in it. */
  private static final long BYTES_OF_TOKEN = 384;

  private TrainingTokenValues() {}

  /** The value of a hit whose tokens are not known: {@code {"error": "…"}}. */
  static Map<String, Object> fault(String reason) {
    return Map.of("error", reason);
  }

  /**
   * The value of a hit: {@code {"truncated": false, "tokens": [{"token": "…", "influence": 1.2,
   * "generated": [0.3, null, …]}]}}, with words {@code "words": [{"word": "…", "tokens": 2, …}]}.
   * {@code generated} has one entry per generated token or word, null where the query is not about
   * it; it is left out if single tokens were not asked about.
   *
   * @param computed by the query's vectors, then by those of its selected tokens, if any
   * @param influence of the hit: of several vectors, the one that gave it counts
   * @throws IllegalArgumentException if words are wanted and not known
   */
  static Map<String, Object> of(
      TrainingTokens computed,
      ResolvedGradient gradient,
      double influence,
      Granularity granularity) {
    int vectors = gradient.vectors().size();
    TokenGroups training = TokenGroups.of(granularity, computed.tokens(), computed.words());
    int vector = nearest(computed.influences(), vectors, influence);
    List<Map<String, Object>> entries =
        training.entries(
            Arrays.stream(computed.influences()).map(row -> (Double) row[vector]).toList());
    if (computed.influences()[0].length > vectors) {
      addGenerated(entries, training.sums(computed.influences()), gradient, granularity);
    }
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("truncated", computed.truncated());
    value.put(granularity.plural(), entries);
    return value;
  }

  private static void addGenerated(
      List<Map<String, Object>> entries,
      double[][] rows,
      ResolvedGradient gradient,
      Granularity granularity) {
    TokenGroups generated =
        TokenGroups.of(
            granularity,
            gradient.tokens().stream().map(QueryToken::text).toList(),
            gradient.words());
    int first = gradient.vectors().size();
    for (int i = 0; i < rows.length; i++) {
      List<Double> ofTokens = HitTokens.ofEach(gradient.tokens(), rows[i], first);
      entries.get(i).put("generated", generated.sums(ofTokens));
    }
  }

  /**
   * Bytes on the heap that the value of a hit takes, about.
   *
   * @param generated how many generated tokens each token has an entry for
   */
  static long bytes(TrainingTokens computed, int generated) {
    long texts = computed.tokens().stream().mapToLong(String::length).sum();
    return computed.tokens().size() * (BYTES_OF_TOKEN + generated * BYTES_OF_NUMBER)
        + texts * Character.BYTES;
  }

  /** The column whose sum is next to a number. */
  private static int nearest(double[][] influences, int columns, double number) {
    int found = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int column = 0; column < columns; column++) {
      double difference = -number;
      for (double[] row : influences) {
        difference += row[column];
      }
      if (Math.abs(difference) < least) {
        found = column;
        least = Math.abs(difference);
      }
    }
    return found;
  }
}
