package org.rapidin.benchmarks.gradient;

import java.util.Collections;
import java.util.List;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;

/**
 * A model whose gradients are measured.
 *
 * @param config of the base model; the adapter has rank 8 on all linear layers
 * @param lengths tokens of the documents that are measured
 * @param peer script that runs the same loop in PyTorch, as a format of tokens, documents and
 *     threads
 */
record GradientShape(String name, LlamaConfig config, List<Integer> lengths, String peer) {
  static final int RANK = 8;

  /** Hidden size 256, 6 layers. */
  static final GradientShape SMALL =
      new GradientShape(
          "256x6",
          config(256, 688, 8, 4, 32, 6, 8192, false),
          List.of(128),
          "gradloop.py --modes lora --quick --batch 16 --seq %1$d --reps %2$d --threads %3$d");

  /** The shape of SmolLM-135M. */
  static final GradientShape SMOLLM_135M =
      new GradientShape(
          "smollm-135m",
          config(576, 1536, 9, 3, 64, 30, 49_152, true),
          List.of(128, 512),
          "smolloop.py --seq %1$d --docs %2$d --threads %3$d");

  private static LlamaConfig config(
      int hidden,
      int intermediate,
      int heads,
      int keyHeads,
      int headWidth,
      int layers,
      int vocabulary,
      boolean tied) {
    return new LlamaConfig(
        hidden,
        intermediate,
        heads,
        keyHeads,
        vocabulary,
        2048,
        1e-5,
        new RotaryPositions(headWidth, 10_000, new RopeScaling.None()),
        tied,
        AttentionBiases.NONE,
        Collections.nCopies(layers, PassContext.UNBOUNDED));
  }

  /**
   * Operations of the products with the base model's weights, which no way of computing can avoid:
   * forward, and backward to the layers' inputs.
   *
   * @param tokens of a document, all but the first of which carry loss
   */
  double productOperations(int tokens) {
    double linears =
        config.layout().linears().stream()
            .mapToDouble(
                linear ->
                    linear.shape().stream()
                        .mapToDouble(Long::doubleValue)
                        .reduce(1, (a, b) -> a * b))
            .sum();
    double head = (double) config.vocabularySize() * config.hiddenSize();
    return 4 * (tokens * linears + (tokens - 1) * head);
  }
}
