package org.rapidin.attribution.gradient;

import java.util.Objects;

/**
 * One sequence of the model: token ids and which of them carry loss.
 *
 * @param ids token ids, length T
 * @param lossWeights length T; the weight of predicting {@code ids[t]} from what stands before it.
 *     Position 0 has weight 0. The mean loss has 1/n on n completion tokens.
 */
public record WeightedSequence(long[] ids, float[] lossWeights) {
  public WeightedSequence {
    Objects.requireNonNull(ids, "ids");
    Objects.requireNonNull(lossWeights, "lossWeights");
    if (ids.length != lossWeights.length) {
      throw new IllegalArgumentException(
          "a sample has " + ids.length + " ids but " + lossWeights.length + " loss weights");
    }
    if (ids.length > 0 && lossWeights[0] != 0) {
      throw new IllegalArgumentException("the first token has nothing before it: no loss there");
    }
  }
}
