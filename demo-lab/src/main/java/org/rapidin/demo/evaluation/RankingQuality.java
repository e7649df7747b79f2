package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well scores find the poisoned documents, measured as in RapidIn's table 4: the k documents of
 * highest and the k of lowest score are kept, and areas are taken over those 2k. Equal scores count
 * as one threshold; documents with equal scores enter the 2k in the order of their index. Where the
 * 2k hold no poisoned document, both areas are 0.
 *
 * @param auPrc area under the precision-recall curve (average precision), 0 to 1
 * @param auRoc area under the ROC curve, 0 to 1; ties count half
 */
public record RankingQuality(double auPrc, double auRoc) {

  /**
   * Measures one query.
   *
   * @param scores one per document
   * @param poisoned one per document
   * @param k at least 1, at most half the number of documents
   * @throws IllegalArgumentException if lengths differ or k is out of range
   */
  public static RankingQuality of(double[] scores, boolean[] poisoned, int k) {
    if (scores.length != poisoned.length) {
      throw new IllegalArgumentException(
          scores.length + " scores for " + poisoned.length + " documents");
    }
    if (k < 1 || 2 * k > scores.length) {
      throw new IllegalArgumentException(
          "k must be 1 to " + scores.length / 2 + " for " + scores.length + " documents, got " + k);
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

  /** The mean of both areas over queries. */
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
