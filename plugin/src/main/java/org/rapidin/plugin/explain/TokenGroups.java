package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.rapidin.attribution.Word;

/**
 * The tokens of a text in groups, each of which an answer has one entry for: every token alone, or
 * the tokens of each word together. Influence is a sum over tokens, so a group has the sum of its
 * tokens' influences.
 *
 * @param granularity whether a group is a token or a word
 * @param groups in order; they tile the tokens
 */
record TokenGroups(Granularity granularity, List<Word> groups) {
  private static final String UNKNOWN =
      "the node that computed the influences is of an earlier version, which does not join tokens to words: upgrade its RapidIn plugin, or leave granularity out";

  /**
   * Groups tokens.
   *
   * @param tokens the characters of each token
   * @param words what the tokens are parts of; empty if it is not known
   * @throws IllegalArgumentException if words are wanted and not known
   */
  static TokenGroups of(Granularity granularity, List<String> tokens, List<Word> words) {
    List<Word> groups =
        switch (granularity) {
          case TOKEN -> tokens.stream().map(text -> new Word(text, 1)).toList();
          case WORD -> words;
        };
    if (groups.isEmpty() && !tokens.isEmpty()) {
      throw new IllegalArgumentException(UNKNOWN);
    }
    return new TokenGroups(granularity, groups);
  }

  /**
   * Adds up the influences of each group.
   *
   * @param influences one per token, null where it is not known
   * @return one per group, null where none of its tokens has one
   */
  List<Double> sums(List<Double> influences) {
    List<Double> sums = new ArrayList<>();
    int next = 0;
    for (Word group : groups) {
      Double sum = null;
      for (int end = next + group.tokens(); next < end; next++) {
        Double own = influences.get(next);
        if (own != null) {
          sum = sum == null ? own : (Double) (sum + own);
        }
      }
      sums.add(sum);
    }
    return sums;
  }

  /**
   * Adds up the rows of each group.
   *
   * @param rows one per token, all of the same length
   * @return one per group
   */
  double[][] sums(double[][] rows) {
    double[][] sums = new double[groups.size()][];
    int next = 0;
    for (int i = 0; i < sums.length; i++) {
      sums[i] = rows[next++].clone();
      for (int more = 1; more < groups.get(i).tokens(); more++) {
        double[] row = rows[next++];
        for (int column = 0; column < row.length; column++) {
          sums[i][column] += row[column];
        }
      }
    }
    return sums;
  }

  /**
   * Returns the entries of an answer: {@code {"token": "…", "influence": 1.2}}, or {@code {"word":
   * "…", "tokens": 2, "influence": 1.2}} with the number of tokens that were added up. Without an
   * influence both numbers are left out.
   *
   * @param influences one per token, null where it is not known
   */
  List<Map<String, Object>> entries(List<Double> influences) {
    List<Double> sums = sums(influences);
    List<Map<String, Object>> entries = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < groups.size(); i++) {
      int to = from + groups.get(i).tokens();
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put(granularity.key(), groups.get(i).text());
      if (sums.get(i) != null) {
        if (granularity == Granularity.WORD) {
          List<Double> added = influences.subList(from, to);
          entry.put("tokens", (int) added.stream().filter(Objects::nonNull).count());
        }
        entry.put("influence", sums.get(i));
      }
      entries.add(entry);
      from = to;
    }
    return entries;
  }
}
