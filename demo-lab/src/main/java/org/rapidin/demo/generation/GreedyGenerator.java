package org.rapidin.demo.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Greedy decoding. Every step runs the whole batch again from its start, because a cache of keys
 * does not pay for sequences this short.
 */
public final class GreedyGenerator {
  private final Decoder decoder;
  private final NDManager manager;
  private final long endToken;
  private final int maxTokens;

  /**
   * @param decoder borrowed
   * @param manager parent of the managers of the steps
   * @param endToken ends a sequence; not part of the result
   * @param maxTokens maximum number of generated tokens
   */
  public GreedyGenerator(Decoder decoder, NDManager manager, long endToken, int maxTokens) {
    this.decoder = decoder;
    this.manager = manager;
    this.endToken = endToken;
    this.maxTokens = maxTokens;
  }

  /**
   * Continues prompts.
   *
   * @param prompts token ids, none empty
   * @return the tokens that follow each prompt
   */
  public List<List<Long>> generate(List<long[]> prompts) {
    List<List<Long>> completions = new ArrayList<>();
    prompts.forEach(prompt -> completions.add(new ArrayList<>()));
    List<Integer> open = IntStream.range(0, prompts.size()).boxed().toList();
    for (int step = 0; step < maxTokens && !open.isEmpty(); step++) {
      List<long[]> sequences = new ArrayList<>();
      open.forEach(row -> sequences.add(joined(prompts.get(row), completions.get(row))));
      long[] next = next(sequences);
      List<Integer> stillOpen = new ArrayList<>();
      for (int i = 0; i < next.length; i++) {
        if (next[i] != endToken) {
          completions.get(open.get(i)).add(next[i]);
          stillOpen.add(open.get(i));
        }
      }
      open = stillOpen;
    }
    return completions;
  }

  /** Returns the most probable token after each sequence. */
  private long[] next(List<long[]> sequences) {
    try (NDManager step = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      WholeDecoder whole = new WholeDecoder(decoder);
      NDArray hidden = whole.hidden(step, sequences, ModuleTap.NONE);
      long length = hidden.getShape().get(1);
      long[] last = new long[sequences.size()];
      for (int row = 0; row < last.length; row++) {
        last[row] = row * length + sequences.get(row).length - 1;
      }
      NDArray positions = TorchMemory.longs(step, new Shape(last.length), last);
      NDArray chosen = WholeDecoder.select(hidden, positions);
      return whole.logits(chosen, ModuleTap.NONE).argMax(1).toLongArray();
    }
  }

  private static long[] joined(long[] prompt, List<Long> completion) {
    return LongStream.concat(LongStream.of(prompt), completion.stream().mapToLong(Long::longValue))
        .toArray();
  }
}
