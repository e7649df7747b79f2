package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.file.JsonObject;

class DecoderFamiliesTests {
  private static final String LEAST =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
       "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4,
       "vocab_size": 96""";

  private static LlamaConfig parse(String more) {
    return (LlamaConfig) parseWhole(LEAST + more + "}");
  }

  private static DecoderConfig parseWhole(String json) {
    return DecoderFamilies.parse(
        JsonObject.parse("config.json", json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void absentKeysHaveTheDefaultsOfTheLlamaClass() {
    LlamaConfig config = parse("");
    assertEquals(4, config.keyValueHeads());
    assertEquals(8, config.headDimension());
    assertEquals(2048, config.maxPositions());
    assertEquals(1e-6, config.normEpsilon());
    assertEquals(10_000, config.rotary().theta());
    assertEquals(new RopeScaling.None(), config.rotary().scaling());
    assertFalse(config.tiedHead());
    assertEquals(AttentionBiases.NONE, config.biases());
  }

  @Test
  void readsWhatDiffersBetweenLlamaModels() {
    LlamaConfig config =
        parse(
            """
            , "num_key_value_heads": 2, "head_dim": 16, "rope_theta": 500000,
            "rms_norm_eps": 1e-05, "tie_word_embeddings": true, "attention_bias": true,
            "max_position_embeddings": 131072, "mlp_bias": false, "pretraining_tp": 1,
            "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
              "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}""");
    assertEquals(2, config.keyValueHeads());
    assertEquals(16, config.headDimension());
    assertEquals(500_000, config.rotary().theta());
    assertEquals(new RopeScaling.Llama3(8, 1, 4, 8192), config.rotary().scaling());
    assertTrue(config.tiedHead());
    assertEquals(AttentionBiases.QKVO, config.biases());
  }

  @Test
  void keysThatChangeNothingMayStand() {
    parse(", \"torch_dtype\": \"bfloat16\", \"use_cache\": true, \"pad_token_id\": null");
    parse(", \"sliding_window\": null, \"quantization_config\": null, \"something_off\": false");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"mlp_bias\": true | [mlp_bias]",
        "\"hidden_act\": \"gelu\" | [hidden_act]",
        "\"pretraining_tp\": 2 | [pretraining_tp]",
        "\"partial_rotary_factor\": 0.5 | [partial_rotary_factor]",
        "\"quantization_config\": {\"bits\": 4} | [quantization_config]",
        "\"sliding_window\": 4096 | [sliding_window] is unknown",
        "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2} | [yarn] is not supported",
        "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2} | [linear] is not supported",
        "\"rope_scaling\": {\"rope_type\": \"llama3\"} | lacks [factor]",
        "\"rope_scaling\": 8 | [rope_scaling]",
        "\"num_key_value_heads\": 3 | does not divide",
        "\"head_dim\": 7 | must be even",
        "\"head_dim\": 0 | [head_dim]",
        "\"head_dim\": 1e3 | [head_dim]",
        "\"rms_norm_eps\": 0 | [rms_norm_eps]",
        "\"rope_theta\": \"10000\" | [rope_theta]",
        "\"tie_word_embeddings\": 1 | [tie_word_embeddings]",
        "\"vocab_size\": 97 | Duplicate",
      })
  void refusesByNameWhatItDoesNotKnow(String more, String named) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parse(", " + more));
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }

  @Test
  void refusesOtherArchitecturesByName() {
    String qwen = LEAST.replace("LlamaForCausalLM", "Qwen2ForCausalLM") + "}";
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parseWhole(qwen));
    assertTrue(e.getMessage().contains("[Qwen2ForCausalLM] is not supported"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> parseWhole("{}"));
    assertThrows(IllegalArgumentException.class, () -> parseWhole("[]"));
  }
}
