package org.rapidin.attribution.ranking;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Rankings of the same documents by different numbers. */
public final class Rankings {
  private Rankings() {}

  /** Returns indices by value, the largest first; equal values by index. */
  public static int[] order(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((i, j) -> Double.compare(values[j], values[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * Returns Spearman's rank correlation; equal values share the mean of their ranks.
   *
   * @param a length n
   * @param b length n, of the same documents
   * @return −1 to 1; NaN if all values of one of them are equal
   */
  public static double spearman(double[] a, double[] b) {
    return pearson(ranks(a), ranks(b));
  }

  /**
   * Returns which share of the k largest values of one are among the k largest of the other.
   *
   * @param a length n
   * @param b length n, of the same documents
   * @param k 1 to n; of equal values the first ones count
   */
  public static double overlap(double[] a, double[] b, int k) {
    boolean[] first = new boolean[a.length];
    Arrays.stream(order(a), 0, k).forEach(i -> first[i] = true);
    return (double) Arrays.stream(order(b), 0, k).filter(i -> first[i]).count() / k;
  }

  private static double pearson(double[] a, double[] b) {
    double meanA = Arrays.stream(a).sum() / a.length;
    double meanB = Arrays.stream(b).sum() / b.length;
    double both = 0;
    double onlyA = 0;
    double onlyB = 0;
    for (int i = 0; i < a.length; i++) {
      both += (a[i] - meanA) * (b[i] - meanB);
      onlyA += (a[i] - meanA) * (a[i] - meanA);
      onlyB += (b[i] - meanB) * (b[i] - meanB);
    }
    return both / Math.sqrt(onlyA * onlyB);
  }

  private static double[] ranks(double[] values) {
    int[] order = order(values);
    double[] ranks = new double[values.length];
    for (int from = 0, to; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0;
      }
    }
    return ranks;
  }
}
