package org.rapidin.demo.evaluation;

import java.util.List;
import java.util.Locale;

/** Means with standard errors. */
final class Statistics {
  /** What the rounding of a mean leaves of the error of equal values, next to it. */
  private static final double ROUNDING = 1e-12;

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
    if (count < 2) {
      return Double.NaN;
    }
    double error = Math.sqrt(squares / (count - 1) / count);
    return error < ROUNDING * Math.abs(mean) ? 0 : error;
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
}
