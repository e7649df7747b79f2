package org.rapidin.benchmarks.search;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The same load in several rounds. Percentiles are of the searches of all rounds. */
public final class SearchRounds {
  private final List<SearchTimes> rounds = new ArrayList<>();

  /** Adds a round. */
  public void add(SearchTimes round) {
    rounds.add(round);
  }

  /**
   * Returns a percentile of the latencies in milliseconds.
   *
   * @param part of the searches that took no longer, 0 to 1
   */
  public double percentile(double part) {
    double[] all =
        rounds.stream()
            .flatMap(round -> round.millis().stream())
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return all[(int) Math.min(all.length - 1, Math.floor(part * all.length))];
  }

  /** Returns the median of the rounds' ratios of searches per second. */
  public double timesTheThroughputOf(SearchRounds other) {
    return median(
        IntStream.range(0, rounds.size())
            .mapToDouble(i -> rounds.get(i).perSecond() / other.rounds.get(i).perSecond())
            .sorted()
            .toArray());
  }

  /** Adds the number of searches, the median and the spread of their rate, and latencies. */
  public void describe(ObjectNode row) {
    double[] rates = rounds.stream().mapToDouble(SearchTimes::perSecond).sorted().toArray();
    row.put("searches", searches());
    row.put("searches/s", median(rates));
    row.put("least", rates[0]).put("most", rates[rates.length - 1]);
    row.put("p50 ms", percentile(0.5)).put("p99 ms", percentile(0.99));
  }

  /** Returns the number of searches. */
  public int searches() {
    return rounds.stream().mapToInt(round -> round.millis().size()).sum();
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
