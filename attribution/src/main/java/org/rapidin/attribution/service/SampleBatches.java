package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How samples are put together to batches: neighbours in length, so that little is padded, with
 * bounds on rows and on padded tokens, so that the graph's memory is bounded.
 *
 * @param maxRows samples of a batch
 * @param maxTokens rows times the longest of a batch; one longer sample is a batch alone
 */
record SampleBatches(int maxRows, int maxTokens) {

  /** 2,048 tokens keep two cores' sgemm busy; beyond, a batch gains nothing and takes memory. */
  static final SampleBatches DEFAULT = new SampleBatches(16, 2048);

  /**
   * Groups samples.
   *
   * @param samples indices
   * @param lengths tokens by index
   */
  List<List<Integer>> of(List<Integer> samples, int[] lengths) {
    List<Integer> sorted = new ArrayList<>(samples);
    sorted.sort(Comparator.comparing(index -> lengths[index]));
    List<List<Integer>> batches = new ArrayList<>();
    List<Integer> batch = new ArrayList<>();
    for (int index : sorted) {
      long tokens = (long) (batch.size() + 1) * lengths[index];
      if (!batch.isEmpty() && (batch.size() == maxRows || tokens > maxTokens)) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(index);
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }
}
