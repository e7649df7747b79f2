package org.rapidin.plugin.explain;

import java.util.ArrayList;
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

  /** A map of three entries, and what is in it. */
  private static final long BYTES_OF_TOKEN = 320;

  private TrainingTokenValues() {}

  /** The value of a hit whose tokens are not known: {@code {"error": "…"}}. */
  static Map<String, Object> fault(String reason) {
    return Map.of("error", reason);
  }

  /**
   * The value of a hit: {@code {"truncated": false, "tokens": [{"token": "…", "influence": 1.2,
   * "generated": [0.3, null, …]}]}}. {@code generated} has one entry per generated token, null
   * where the query is not about it; it is left out if single tokens were not asked about.
   *
   * @param computed by the query's vectors, then by those of its selected tokens, if any
   * @param influence of the hit: of several vectors, the one that gave it counts
   */
  static Map<String, Object> of(
      TrainingTokens computed, ResolvedGradient gradient, double influence) {
    int vector = nearest(computed.influences(), gradient.vectors().size(), influence);
    List<Object> tokens = new ArrayList<>();
    for (int i = 0; i < computed.tokens().size(); i++) {
      double[] influences = computed.influences()[i];
      Map<String, Object> token = new LinkedHashMap<>();
      token.put("token", computed.tokens().get(i));
      token.put("influence", influences[vector]);
      if (influences.length > gradient.vectors().size()) {
        token.put("generated", generated(influences, gradient.tokens()));
      }
      tokens.add(token);
    }
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("truncated", computed.truncated());
    value.put("tokens", tokens);
    return value;
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

  private static List<Object> generated(double[] influences, List<QueryToken> tokens) {
    List<Object> generated = new ArrayList<>();
    int selected = 1;
    for (QueryToken token : tokens) {
      generated.add(token.selected() ? influences[selected++] : null);
    }
    return generated;
  }
}
