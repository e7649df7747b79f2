package org.rapidin.demo.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Means with standard errors, and rank correlation. */
final class Statistics {
  private Statistics() {}

  static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  static double mean(List<Double> values) {
    return mean(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Returns the standard error of the mean; NaN for fewer than two values. */
  static double standardError(List<Double> values) {
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    int count = values.size();
    return count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1) / count);
  }

  /** Returns mean ± standard error, the latter where it is known. */
  static String text(List<Double> values) {
    double error = standardError(values);
    String mean = text(mean(values));
    return Double.isNaN(error) ? mean : mean + " ± " + text(error);
  }

  private static String text(double value) {
    boolean tiny = value != 0 && Math.abs(value) < 0.0005;
    return String.format(Locale.ROOT, tiny ? "%.1e" : "%.3f", value);
  }

  /** Returns Spearman's rank correlation; equal values share the mean of their ranks. */
  static double spearman(double[] a, double[] b) {
    return pearson(ranks(a), ranks(b));
  }

  private static double pearson(double[] a, double[] b) {
    double meanA = mean(a);
    double meanB = mean(b);
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

  /** Returns indices by value, the largest first; equal values by index. */
  static int[] order(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((i, j) -> Double.compare(values[j], values[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
