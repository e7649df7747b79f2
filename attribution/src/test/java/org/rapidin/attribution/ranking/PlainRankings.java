package org.rapidin.attribution.ranking;

/** Spearman's rho and overlap by their definitions, in quadratic time. */
public final class PlainRankings {
  private PlainRankings() {}

  /**
   * The correlation of ranks, where a rank is a count of smaller values and half of the equal ones.
   */
  public static double spearman(double[] a, double[] b) {
    int n = a.length;
    double[] products = new double[3];
    for (int i = 0; i < n; i++) {
      double x = rank(a, i) - (n - 1) / 2.0;
      double y = rank(b, i) - (n - 1) / 2.0;
      products[0] += x * y;
      products[1] += x * x;
      products[2] += y * y;
    }
    return products[0] / Math.sqrt(products[1] * products[2]);
  }

  /** Which share of the k first of one are among the k first of the other. */
  public static double overlap(double[] a, double[] b, int k) {
    double both = 0;
    for (int i = 0; i < a.length; i++) {
      both += place(a, i) < k && place(b, i) < k ? 1 : 0;
    }
    return both / k;
  }

  private static double rank(double[] values, int i) {
    double rank = -0.5;
    for (double value : values) {
      rank += value < values[i] ? 1 : value == values[i] ? 0.5 : 0;
    }
    return rank;
  }

  /** How many are larger, or equal and before it. */
  private static int place(double[] values, int i) {
    int place = 0;
    for (int j = 0; j < values.length; j++) {
      place += values[j] > values[i] || values[j] == values[i] && j < i ? 1 : 0;
    }
    return place;
  }
}
