package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Token ids of several sequences as one array. */
public final class TokenBatch {
  private TokenBatch() {}

  /**
   * Pads sequences on the right. Padding needs no mask, because no real token sees what is to its
   * right.
   *
   * @param manager owns the result
   * @param sequences each of 1 to {@code maxPositions} ids of the vocabulary
   * @return int64, [B, T] with T the longest length
   * @throws IllegalArgumentException if a sequence is empty, too long or has an unknown id
   */
  public static NDArray of(NDManager manager, DecoderConfig config, List<long[]> sequences) {
    int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElse(0);
    long[] padded = new long[Math.multiplyExact(sequences.size(), longest)];
    for (int row = 0; row < sequences.size(); row++) {
      long[] ids = sequences.get(row);
      requireKnown(config, ids);
      System.arraycopy(ids, 0, padded, row * longest, ids.length);
    }
    return TorchMemory.longs(manager, new Shape(sequences.size(), longest), padded);
  }

  private static void requireKnown(DecoderConfig config, long[] ids) {
    if (ids.length == 0 || ids.length > config.maxPositions()) {
      throw new IllegalArgumentException(
          "a sequence has %s tokens, the model takes 1 to %s"
              .formatted(ids.length, config.maxPositions()));
    }
    for (long id : ids) {
      if (id < 0 || id >= config.vocabularySize()) {
        throw new IllegalArgumentException(
            "token id %s is outside the model's vocabulary of %s: the tokenizer belongs to another model"
                .formatted(id, config.vocabularySize()));
      }
    }
  }
}
