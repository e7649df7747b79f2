package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.file.JsonObject;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A model of a composed family with about a thousand random parameters. */
public final class TinyFamily implements AutoCloseable {
  /** A family, with what its configuration may choose. */
  public enum Variant {
    QWEN3("qwen3", USUAL + ", \"head_dim\": 6, \"attention_bias\": true"),
    PHI3("phi3", USUAL + ", \"sliding_window\": 3, \"partial_rotary_factor\": 0.5"),
    PHI3_LONG(
        "phi3",
        USUAL
            + """
            , "original_max_position_embeddings": 8, "rope_scaling": {"type": "longrope",
            "short_factor": [1.0, 1.5], "long_factor": [1.2, 6.0]}"""),
    OLMO2("olmo2", USUAL),
    GEMMA2(
        "gemma2",
        USUAL
            + """
            , "head_dim": 6, "query_pre_attn_scalar": 5, "sliding_window": 3,
            "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.5"""),
    GEMMA3(
        "gemma3_text",
        USUAL
            + """
            , "head_dim": 6, "query_pre_attn_scalar": 5, "sliding_window": 3,
            "sliding_window_pattern": 2, "tie_word_embeddings": false"""),
    GPT2(
        "gpt2",
        """
        "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 64, "vocab_size": 13,
        "scale_attn_by_inverse_layer_idx": true"""),
    GPT_NEOX(
        "gpt_neox",
        """
        "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2,
        "num_attention_heads": 2, "vocab_size": 13, "max_position_embeddings": 64,
        "rotary_pct": 0.5"""),
    GPT_NEOX_SEQUENTIAL(
        "gpt_neox",
        """
        "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2,
        "num_attention_heads": 2, "vocab_size": 13, "max_position_embeddings": 64,
        "use_parallel_residual": false, "attention_bias": false, "rotary_pct": 1.0,
        "tie_word_embeddings": true"""),
    MIXTRAL("mixtral", USUAL + ", \"num_local_experts\": 5, \"num_experts_per_tok\": 2"),
    GRANITE("granite", USUAL + GRANITE_FACTORS);

    private final String config;

    Variant(String modelType, String keys) {
      this.config = "{\"model_type\": \"%s\", %s}".formatted(modelType, keys);
    }
  }

  private static final String USUAL =
      """
      "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 2,
      "num_key_value_heads": 1, "vocab_size": 13, "max_position_embeddings": 64""";

  private static final String GRANITE_FACTORS =
      """
      , "attention_multiplier": 0.3, "embedding_multiplier": 1.7, "residual_multiplier": 0.6,
      "logits_scaling": 1.4, "mlp_bias": true""";

  private final NDManager manager = TestRuntime.get().newManager();
  private final DecoderConfig config;
  private final Decoder decoder;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /** A model whose every parameter, norms and biases too, is random from the seed. */
  public TinyFamily(Variant variant, boolean adapted, long seed) {
    config = parse(variant.config);
    ResidentWeights weights = ResidentWeights.random(manager, config.layout(), 0.3, seed);
    LoraConfig lora = new LoraConfig(3, 5, true, List.of("all-linear"));
    Optional<LoraWeights> adapter =
        adapted
            ? Optional.of(LoraWeights.random(manager, lora, config.layout(), seed + 1))
            : Optional.empty();
    decoder = config.build(weights, adapter);
    parameters.putAll(weights.parameters());
    adapter.ifPresent(matrices -> parameters.putAll(matrices.parameters()));
    Random random = new Random(seed + 2);
    parameters.values().forEach(array -> add(array, random));
  }

  private static void add(NDArray array, Random random) {
    MemorySegment memory = TorchMemory.view(array);
    for (int i = 0; i < array.size(); i++) {
      float value = memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value + (float) (0.2 * random.nextGaussian()));
    }
  }

  /** Interprets a config.json. */
  public static DecoderConfig parse(String json) {
    return DecoderFamilies.parse(
        JsonObject.parse("config.json", json.getBytes(StandardCharsets.UTF_8)));
  }

  public NDManager manager() {
    return manager;
  }

  public Decoder decoder() {
    return decoder;
  }

  /** All parameters, the adapter's last. */
  public Map<String, NDArray> parameters() {
    return parameters;
  }

  /** Random token ids of the vocabulary. */
  public long[] tokens(Random random, int length) {
    return random.longs(length, 0, config.vocabularySize()).toArray();
  }

  @Override
  public void close() {
    manager.close();
  }
}
