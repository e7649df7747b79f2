package org.rapidin.benchmarks.compare;

import java.util.Arrays;
import java.util.PriorityQueue;

/** The rows with the largest scores. */
final class Best {
  private Best() {}

  /**
   * Returns the ordinals of the best rows, ascending.
   *
   * @param scores of the rows; of equal ones the lower ordinal is better
   */
  static int[] of(float[] scores, int count) {
    PriorityQueue<Integer> worstFirst =
        new PriorityQueue<>(
            (a, b) -> scores[a] == scores[b] ? b - a : Float.compare(scores[a], scores[b]));
    for (int i = 0; i < scores.length; i++) {
      if (worstFirst.size() < count) {
        worstFirst.add(i);
      } else if (scores[i] > scores[worstFirst.element()]) {
        worstFirst.remove();
        worstFirst.add(i);
      }
    }
    return worstFirst.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /** Returns how many of the wanted rows are among the found ones, as a part of 1. */
  static double recall(int[] wanted, int[] found) {
    int[] sorted = found.clone();
    Arrays.sort(sorted);
    return (double)
            Arrays.stream(wanted).filter(row -> Arrays.binarySearch(sorted, row) >= 0).count()
        / wanted.length;
  }
}
