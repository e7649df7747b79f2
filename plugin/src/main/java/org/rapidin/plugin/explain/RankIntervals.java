package org.rapidin.plugin.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ranks that hits may have, given the standard errors of their influences. Two hits are
 * separated if their influences differ by more than 1.96 times the root of the sum of both
 * variances: as if their errors were independent.
 *
 * @param influences of the hits in their order
 * @param errors standard errors of the influences
 * @param before hits of the ranking that are not in the list because they come before it; their
 *     errors are taken to be that of the first hit
 * @param rest hits of the ranking that may come after the list
 */
record RankIntervals(List<Double> influences, List<Double> errors, long before, Rest rest) {
  /** What may come after a list of hits. */
  enum Rest {
    /** Nothing. */
    NONE,
    /** Hits whose errors are taken to be that of the last hit of the list. */
    LIKE_LAST,
    /** Hits whose errors are not known. */
    UNKNOWN
  }

  /**
   * Returns the ranks of the hits before the first one that has no error.
   *
   * @param errors NaN for a hit that has none
   * @param rest hits that may come after all of these
   */
  static RankIntervals ofKnown(
      List<Double> influences, List<Double> errors, long before, Rest rest) {
    int known = 0;
    while (known < errors.size() && !Double.isNaN(errors.get(known))) {
      known++;
    }
    return new RankIntervals(
        influences.subList(0, known),
        errors.subList(0, known),
        before,
        rest == Rest.NONE && known < errors.size() ? Rest.LIKE_LAST : rest);
  }

  /** Returns the number of hits whose ranks are known. */
  int size() {
    return influences.size();
  }

  /** Whether a hit's rank is known to be better than that of a later hit. */
  boolean isSeparated(int hit, int other) {
    double variance = errors.get(hit) * errors.get(hit) + errors.get(other) * errors.get(other);
    return Math.abs(influences.get(hit) - influences.get(other))
        > HitCalibrations.NORMAL_95 * Math.sqrt(variance);
  }

  /**
   * Returns the ranks of a hit, counted from 1: {@code {"best": 1, "worst": 3, "separated": true}}.
   * {@code best} and {@code worst} are left out where hits that are not in the list may be as
   * close, {@code separated}, from the next hit, where that is not in the list.
   */
  Map<String, Object> of(int hit) {
    int last = influences.size() - 1;
    Map<String, Object> ranks = new LinkedHashMap<>();
    if (before == 0 || hit > 0 && isSeparated(hit, 0)) {
      ranks.put("best", before + hit + 1 - notSeparated(hit, 0, hit));
    }
    boolean apart = rest == Rest.LIKE_LAST && hit < last && isSeparated(hit, last);
    if (rest == Rest.NONE || apart) {
      ranks.put("worst", before + hit + 1 + notSeparated(hit, hit + 1, last + 1));
    }
    if (hit < last) {
      ranks.put("separated", isSeparated(hit, hit + 1));
    }
    return ranks;
  }

  private long notSeparated(int hit, int from, int to) {
    long count = 0;
    for (int other = from; other < to; other++) {
      count += isSeparated(hit, other) ? 0 : 1;
    }
    return count;
  }
}
