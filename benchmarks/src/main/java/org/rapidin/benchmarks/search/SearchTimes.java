package org.rapidin.benchmarks.search;

import java.util.List;

/**
 * How long the searches of a load took.
 *
 * @param millis of each
 * @param seconds from the begin of the first to the end of the last
 */
public record SearchTimes(List<Double> millis, double seconds) {

  /** Answered searches. */
  public double perSecond() {
    return millis.size() / seconds;
  }
}
