package org.rapidin.plugin.explain;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The influences of a random sample of documents, which those of hits are compared with.
 *
 * @param influences at least two, in any order
 * @param opponents whether small influences are extreme rather than large ones
 */
record BackgroundInfluences(double[] influences, boolean opponents) {

  /**
   * Compares an influence with the sample: {@code {"documents": 1000, "mean": …,
   * "standard_deviation": …, "z": …, "p_value": …}}. {@code z} is left out if all influences of the
   * sample are the same.
   */
  Map<String, Object> of(double influence) {
    double mean = mean();
    double deviation = deviation(mean);
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

  private double mean() {
    return Arrays.stream(influences).sum() / influences.length;
  }

  private double deviation(double mean) {
    double squares = Arrays.stream(influences).map(each -> (each - mean) * (each - mean)).sum();
    return Math.sqrt(squares / (influences.length - 1));
  }

  /** (r + 1)/(n + 1), with r documents of the n whose influence is as extreme. */
  private double pValue(double influence) {
    long extreme =
        Arrays.stream(influences)
            .filter(each -> opponents ? each <= influence : each >= influence)
            .count();
    return (extreme + 1.0) / (influences.length + 1.0);
  }
}
