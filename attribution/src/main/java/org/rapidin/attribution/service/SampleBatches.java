package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Groups samples into batches of one pass each. Samples are sorted by length and cut where the sum
 * of padded tokens, plus a fixed cost per pass, is smallest.
 *
 * @param maxRows samples of a batch
 * @param maxTokens rows times the longest of a batch; one longer sample is a batch alone
 * @param passTokens what a pass costs beyond its tokens, in tokens
 */
record SampleBatches(int maxRows, int maxTokens, int passTokens) {

  /**
   * On the CPU. From 128 to 1,024 tokens saves about 20 % of the time of a pass per token; beyond,
   * a batch gains nothing and takes memory. On Alpaca (163 tokens a document) a pass cost of 64
   * gives 1.07, 1.05 and 1.03 padded per real tokens in bulks of 16, 64 and 256; 128 gives 1.11 in
   * bulks of 16 and 1.2 passes fewer.
   */
  static final SampleBatches ON_CPU = new SampleBatches(32, 1024, 64);

  /**
   * On a device, where starting a pass's kernels takes as long as computing thousands of tokens. On
   * an H200, with 135 million parameters and adapters, passes of 1, 8, 32 and 128 documents of 128
   * tokens take 159, 176, 219 and 490 ms.
   */
  static final SampleBatches ON_DEVICE = new SampleBatches(128, 16_384, 8_192);

  /** Returns these with other {@link #maxTokens}. */
  SampleBatches withTokens(int tokens) {
    return new SampleBatches(maxRows, tokens, passTokens);
  }

  /** Returns batches of half the tokens, and of half the rows down to those on the CPU. */
  SampleBatches half() {
    int rows = maxRows > ON_CPU.maxRows ? maxRows / 2 : maxRows;
    return new SampleBatches(rows, maxTokens / 2, passTokens);
  }

  /**
   * Groups samples.
   *
   * @param samples indices
   * @param lengths tokens by index, at least 1
   * @return longest samples first, so that threads end at about the same time
   */
  List<List<Integer>> of(List<Integer> samples, int[] lengths) {
    List<Integer> sorted = new ArrayList<>(samples);
    sorted.sort(Comparator.comparing(index -> lengths[index]));
    int[] starts = starts(sorted, lengths);
    List<List<Integer>> batches = new ArrayList<>();
    for (int end = sorted.size(); end > 0; end = starts[end]) {
      batches.add(List.copyOf(sorted.subList(starts[end], end)));
    }
    return Collections.unmodifiableList(batches);
  }

  /** For each number of samples, where the last batch of their cheapest grouping starts. */
  private int[] starts(List<Integer> sorted, int[] lengths) {
    int count = sorted.size();
    long[] costs = new long[count + 1];
    int[] starts = new int[count + 1];
    Arrays.fill(costs, 1, count + 1, Long.MAX_VALUE);
    for (int end = 1; end <= count; end++) {
      int longest = lengths[sorted.get(end - 1)];
      for (int start = end - 1; start >= 0 && fits(end - start, longest); start--) {
        long cost = costs[start] + (long) (end - start) * longest + passTokens;
        if (cost < costs[end]) {
          costs[end] = cost;
          starts[end] = start;
        }
      }
    }
    return starts;
  }

  private boolean fits(int rows, int longest) {
    return rows == 1 || rows <= maxRows && (long) rows * longest <= maxTokens;
  }
}
