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
 * @param before hits of the ranking that are not in the list because they come before it
 * @param after whether further hits of the ranking may come after the list
 */
record RankIntervals(List<Double> influences, List<Double> errors, long before, boolean after) {

  /**
   * Returns the ranks of hits of which some have no error: those before the first such hit, as if
   * the list was cut there.
   *
   * @param errors NaN for one that is not known
   */
  static RankIntervals ofKnown(
      List<Double> influences, List<Double> errors, long before, boolean after) {
    int known = 0;
    while (known < errors.size() && !Double.isNaN(errors.get(known))) {
      known++;
    }
    return new RankIntervals(
        influences.subList(0, known),
        errors.subList(0, known),
        before,
        after || known < errors.size());
  }

  /** Returns of how many hits the ranks are known. */
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
   * {@code best} or {@code worst} is left out if it may be that of a hit that is not in the list,
   * {@code separated}, from the next hit, if that is not in the list.
   */
  Map<String, Object> of(int hit) {
    int last = influences.size() - 1;
    Map<String, Object> ranks = new LinkedHashMap<>();
    if (before == 0 || hit > 0 && isSeparated(hit, 0)) {
      ranks.put("best", before + hit + 1 - notSeparated(hit, 0, hit));
    }
    if (!after || hit < last && isSeparated(hit, last)) {
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
