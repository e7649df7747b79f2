package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.composed.TinyFamily;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** Granite has no reference model here; its factors can be multiplied into a Llama model. */
class GraniteTests extends GradientComputerTestCase {
  private static final String KEYS =
      """
      "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 2,
      "num_key_value_heads": 1, "vocab_size": 13, "max_position_embeddings": 64,
      "rope_theta": 30, "rms_norm_eps": 1e-5""";
  private static final String FACTORS =
      """
      , "embedding_multiplier": 1.7, "attention_multiplier": 0.3, "residual_multiplier": 0.6,
      "logits_scaling": 1.4""";

  @Test
  void isALlamaModelWithItsFactorsInTheWeights() {
    DecoderConfig granite =
        TinyFamily.parse("{\"model_type\": \"granite\", " + KEYS + FACTORS + "}");
    DecoderConfig llama = TinyFamily.parse("{\"model_type\": \"llama\", " + KEYS + "}");
    try (NDManager manager = TestRuntime.get().newManager()) {
      ResidentWeights weights = ResidentWeights.random(manager, granite.layout(), 0.4, 1);
      ResidentWeights scaled = ResidentWeights.random(manager, llama.layout(), 0.4, 1);
      scaled
          .parameters()
          .forEach((name, array) -> fill(array, weights.parameters().get(name), factor(name)));
      Random random = new Random(2);
      float[] loss = {0, 0, 0, .2f, .2f, .2f, .2f, .2f};
      WeightedSequence sample = new WeightedSequence(random.longs(8, 0, 13).toArray(), loss);
      Map<String, float[]> wanted = new HashMap<>();
      gradients(manager, llama, scaled, sample)
          .forEach((name, gradient) -> wanted.put(name, times(gradient, factor(name))));
      requireEqual(wanted, gradients(manager, granite, weights, sample), 1e-5);
    }
  }

  private static Map<String, float[]> gradients(
      NDManager manager, DecoderConfig config, ResidentWeights weights, WeightedSequence sample) {
    GradientComputer computer =
        new GradientComputer(manager, config.build(weights, Optional.empty()), List.of("*"));
    CollectedGradients got = new CollectedGradients(computer.parameters());
    computer.compute(List.of(sample), got);
    return got.row(0);
  }

  /** By the formulas of the model's definition: heads are 4 wide. */
  private static double factor(String name) {
    if (name.startsWith("model.embed_tokens")) {
      return 1.7;
    }
    if (name.contains("q_proj")) {
      return 0.3 * Math.sqrt(4);
    }
    if (name.contains("o_proj") || name.contains("down_proj")) {
      return 0.6;
    }
    return name.startsWith("lm_head") ? 1 / 1.4 : 1;
  }

  private static void fill(NDArray target, NDArray source, double factor) {
    MemorySegment from = TorchMemory.view(source);
    MemorySegment to = TorchMemory.view(target);
    for (int i = 0; i < source.size(); i++) {
      float value = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (value * factor));
    }
  }

  private static float[] times(float[] values, double factor) {
    float[] product = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      product[i] = (float) (values[i] * factor);
    }
    return product;
  }
}
