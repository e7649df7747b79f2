package org.rapidin.attribution.gradient;

import java.util.Objects;

/**
 * A sequence of token ids, with the weight of each token's loss.
 *
 * @param ids token ids, length T
 * @param lossWeights length T; the weight of predicting {@code ids[t]} from the tokens before it.
 *     Position 0 has weight 0. The mean loss has 1/n on n completion tokens.
 */
public record WeightedSequence(long[] ids, float[] lossWeights) {
  public WeightedSequence {
    Objects.requireNonNull(ids, "ids");
    Objects.requireNonNull(lossWeights, "lossWeights");
    if (ids.length != lossWeights.length) {
      throw new IllegalArgumentException(
          "a sample has %s ids but %s loss weights".formatted(ids.length, lossWeights.length));
    }
    if (ids.length > 0 && lossWeights[0] != 0) {
      throw new IllegalArgumentException(
          "the first token is not predicted from anything, so its loss weight must be 0");
    }
  }
}
