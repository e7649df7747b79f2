package org.rapidin.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What one way of doing some work took, round by round. */
final class Rounds {
  private final List<Cost> costs = new ArrayList<>();

  void add(Cost cost) {
    costs.add(cost);
  }

  /** The median wall time in milliseconds. */
  double millis() {
    return median(Cost::wallMillis);
  }

  /**
   * How many times faster this is than another way of the same rounds: the median of the ratios of
   * wall times.
   */
  double timesFasterThan(Rounds other) {
    return median(
        IntStream.range(0, costs.size())
            .mapToDouble(i -> other.costs.get(i).wallMillis() / costs.get(i).wallMillis())
            .toArray());
  }

  /** Adds the median, the spread and the median CPU time to a row of a report. */
  void describe(ObjectNode row) {
    double[] wall = costs.stream().mapToDouble(Cost::wallMillis).sorted().toArray();
    row.put("ms", millis());
    row.put("least", wall[0]);
    row.put("most", wall[wall.length - 1]);
    row.put("CPU ms", median(Cost::cpuMillis));
  }

  private double median(ToDoubleFunction<Cost> of) {
    return median(costs.stream().mapToDouble(of).toArray());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
}
