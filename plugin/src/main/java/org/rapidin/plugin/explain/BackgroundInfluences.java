package org.rapidin.plugin.explain;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.plugin.lucene.RawInfluence;
import org.rapidin.scorer.RowMatrix;

/**
 * The influences of a random sample of documents, which those of hits are compared with.
 *
 * @param influences at least two, ascending
 * @param opponents whether small influences are extreme rather than large ones
 * @param mean of the influences
 * @param deviation their standard deviation; 0 if all are the same
 */
record BackgroundInfluences(double[] influences, boolean opponents, double mean, double deviation) {
  /** Rows that are multiplied without a check: some milliseconds. */
  private static final int PIECE = 256;

  /** Makes the comparison with influences in any order; sorts them in place. */
  static BackgroundInfluences of(double[] influences, boolean opponents) {
    Arrays.sort(influences);
    double mean = Arrays.stream(influences).sum() / influences.length;
    return new BackgroundInfluences(influences, opponents, mean, deviation(influences, mean));
  }

  /**
   * Computes the influences of rows.
   *
   * @param check is called between pieces; stops by throwing
   */
  static BackgroundInfluences of(
      RawInfluence query, RowMatrix rows, boolean opponents, Runnable check) {
    double[] influences = new double[rows.rows()];
    for (int from = 0; from < influences.length; from += PIECE) {
      check.run();
      int count = Math.min(PIECE, influences.length - from);
      System.arraycopy(query.all(rows.slice(from, count)), 0, influences, from, count);
    }
    return of(influences, opponents);
  }

  /**
   * Compares an influence with the sample: {@code {"documents": 1000, "mean": …,
   * "standard_deviation": …, "z": …, "p_value": …}}. {@code z} is left out if all influences of the
   * sample are the same.
   */
  Map<String, Object> of(double influence) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("documents", influences.length);
    value.put("mean", mean);
    value.put("standard_deviation", deviation);
    if (deviation > 0) {
      value.put("z", (influence - mean) / deviation);
    }
    value.put("p_value", pValue(influence));
    return value;
  }

  /** The mean of equal influences is rounded, so that their deviation would not be 0. */
  private static double deviation(double[] influences, double mean) {
    if (influences[0] == influences[influences.length - 1]) {
      return 0;
    }
    double squares = Arrays.stream(influences).map(each -> (each - mean) * (each - mean)).sum();
    return Math.sqrt(squares / (influences.length - 1));
  }

  /** (r + 1)/(n + 1), with r documents of the n whose influence is as extreme. */
  private double pValue(double influence) {
    int extreme =
        opponents ? countBelow(Math.nextUp(influence)) : influences.length - countBelow(influence);
    return (extreme + 1.0) / (influences.length + 1.0);
  }

  /** Returns how many influences are less than a number. */
  private int countBelow(double number) {
    int low = 0;
    int high = influences.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (influences[middle] < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
