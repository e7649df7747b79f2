package org.rapidin.attribution.gradient;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The N predictions of a pass, sorted by row.
 *
 * @param flat for each prediction, row · T + the position that it is made from
 * @param targets for each prediction, the token that came
 * @param weights for each prediction, the weight of its loss
 * @param starts length rows + 1: where each row's predictions begin
 */
record LossPositions(long[] flat, long[] targets, float[] weights, int[] starts) {

  /** All positions of a batch that carry loss. */
  static LossPositions of(List<WeightedSequence> batch) {
    int longest = batch.stream().mapToInt(sample -> sample.ids().length).max().orElse(0);
    int total = batch.stream().mapToInt(sample -> positions(sample).length).sum();
    LossPositions all =
        new LossPositions(
            new long[total], new long[total], new float[total], new int[batch.size() + 1]);
    int n = 0;
    for (int row = 0; row < batch.size(); row++) {
      WeightedSequence sample = batch.get(row);
      int[] positions = positions(sample);
      if (positions.length == 0) {
        throw new IllegalArgumentException("sample %s of the batch carries no loss".formatted(row));
      }
      for (int position : positions) {
        all.put(n, row * (long) longest, sample, position, sample.lossWeights()[position]);
        n++;
      }
      all.starts[row + 1] = n;
    }
    return all;
  }

  /** The given positions of one sample, each with weight 1. */
  static LossPositions of(WeightedSequence sample, int[] positions) {
    int count = positions.length;
    LossPositions all =
        new LossPositions(new long[count], new long[count], new float[count], new int[] {0, count});
    for (int n = 0; n < count; n++) {
      if (positions[n] < 1 || positions[n] >= sample.ids().length) {
        throw new IllegalArgumentException(
            "position %s of a sample of %s tokens is not predicted from anything"
                .formatted(positions[n], sample.ids().length));
      }
      all.put(n, 0, sample, positions[n], 1);
    }
    return all;
  }

  private void put(int n, long rowStart, WeightedSequence sample, int position, float weight) {
    flat[n] = rowStart + position - 1;
    targets[n] = sample.ids()[position];
    weights[n] = weight;
  }

  private static int[] positions(WeightedSequence sample) {
    float[] weights = sample.lossWeights();
    return IntStream.range(1, weights.length).filter(t -> weights[t] != 0).toArray();
  }

  int count() {
    return flat.length;
  }
}
