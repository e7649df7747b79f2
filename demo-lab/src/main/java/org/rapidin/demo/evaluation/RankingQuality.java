package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well scores find the poisoned documents, measured as in RapidIn's table 4: the k documents
 * with the highest and the k with the lowest scores are kept, and the areas are computed over these
 * 2k. Equal scores count as one threshold; ties for the 2k are broken by index. If none of the 2k
 * is poisoned, both areas are 0.
 *
 * @param auPrc area under the precision-recall curve (average precision), 0 to 1
 * @param auRoc area under the ROC curve, 0 to 1; ties count half
 */
public record RankingQuality(double auPrc, double auRoc) {

  /**
   * Measures the ranking of one query.
   *
   * @param scores one per document
   * @param poisoned one per document
   * @param k at least 1, at most half the number of documents
   * @throws IllegalArgumentException if lengths differ or k is out of range
   */
  public static RankingQuality of(double[] scores, boolean[] poisoned, int k) {
    if (scores.length != poisoned.length) {
      throw new IllegalArgumentException(
          "%d scores for %d documents".formatted(scores.length, poisoned.length));
    }
    if (k < 1 || 2 * k > scores.length) {
      throw new IllegalArgumentException(
          "k must be 1 to %d for %d documents, got %d"
              .formatted(scores.length / 2, scores.length, k));
    }
    List<Integer> ranking =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer document) -> -scores[document]))
            .toList();
    List<Integer> kept = new ArrayList<>(ranking.subList(0, k));
    kept.addAll(ranking.subList(ranking.size() - k, ranking.size()));
    return ofRanked(kept, scores, poisoned);
  }

  /** Returns the mean of both areas over queries. */
  public static RankingQuality mean(List<RankingQuality> queries) {
    return new RankingQuality(
        queries.stream().mapToDouble(RankingQuality::auPrc).average().orElseThrow(),
        queries.stream().mapToDouble(RankingQuality::auRoc).average().orElseThrow());
  }

  private static RankingQuality ofRanked(List<Integer> kept, double[] scores, boolean[] poisoned) {
    long positives = kept.stream().filter(document -> poisoned[document]).count();
    long negatives = kept.size() - positives;
    double precisionArea = 0;
    double rocArea = 0;
    long hits = 0;
    for (int from = 0, to; from < kept.size(); from = to) {
      long tied = 0;
      for (to = from; to < kept.size() && scores[kept.get(to)] == scores[kept.get(from)]; to++) {
        tied += poisoned[kept.get(to)] ? 1 : 0;
      }
      long misses = to - from - tied;
      rocArea += misses * (hits + tied / 2.0);
      hits += tied;
      precisionArea += tied * (double) hits / to;
    }
    if (positives == 0) {
      return new RankingQuality(0, 0);
    }
    return new RankingQuality(
        precisionArea / positives, negatives == 0 ? 1 : rocArea / (positives * negatives));
  }
}
