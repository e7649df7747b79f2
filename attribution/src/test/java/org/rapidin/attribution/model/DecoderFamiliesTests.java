package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;

/** What families differ in: defaults of their classes, windows, heads. */
class DecoderFamiliesTests extends DecoderConfigTestCase {

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

  private static LlamaConfig family(String type, String more) {
    String architecture = type.equals("qwen2") ? "Qwen2ForCausalLM" : "MistralForCausalLM";
    String least =
        LEAST.replace("LlamaForCausalLM", architecture).replace("\"llama\"", "\"" + type + "\"");
    return (LlamaConfig) parseWhole(least + ", \"num_key_value_heads\": 2" + more + "}");
  }

  @Test
  void mistralHasOneWindowInAllLayers() {
    int all = PassContext.UNBOUNDED;
    assertEquals(List.of(8, 8), family("mistral", ", \"sliding_window\": 8").windows());
    assertEquals(List.of(4096, 4096), family("mistral", "").windows(), "the class's default");
    assertEquals(List.of(all, all), family("mistral", ", \"sliding_window\": null").windows());
    String types = ", \"layer_types\": [\"sliding_attention\", \"sliding_attention\"]";
    assertEquals(List.of(8, 8), family("mistral", ", \"sliding_window\": 8" + types).windows());
    assertThrows(
        IllegalArgumentException.class,
        () -> family("mistral", ", \"sliding_window\": null" + types));
    assertEquals(131_072, family("mistral", "").maxPositions());
    assertEquals(AttentionBiases.NONE, family("mistral", "").biases());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"sliding_window\": 8 | 0 | 0",
        "\"sliding_window\": 8, \"use_sliding_window\": false, \"max_window_layers\": 0 | 0 | 0",
        "\"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 0 | 8 | 8",
        "\"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 1 | 0 | 8",
        "\"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 2 | 0 | 0",
        "\"sliding_window\": 8, \"use_sliding_window\": true | 0 | 0",
        "\"sliding_window\": null, \"use_sliding_window\": true, \"max_window_layers\": 0 | 0 | 0",
        "\"use_sliding_window\": true, \"max_window_layers\": 1 | 0 | 4096",
        "\"sliding_window\": 0, \"use_sliding_window\": false | 0 | 0",
        "\"sliding_window\": 0 | 0 | 0",
        "\"sliding_window\": 0, \"use_sliding_window\": true | 0 | 0",
        "\"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 0,"
            + " \"layer_types\": [\"sliding_attention\", \"full_attention\"] | 8 | 0",
      })
  void qwen2SlidesInUpperLayersWhereTheWindowIsInUse(String keys, int first, int second) {
    LlamaConfig config = family("qwen2", ", " + keys);
    List<Integer> wanted =
        Stream.of(first, second)
            .map(window -> window == 0 ? PassContext.UNBOUNDED : window)
            .toList();
    assertEquals(wanted, config.windows());
    assertEquals(AttentionBiases.QKV, config.biases());
  }

  /** The mask of a window of 0 hides a position from itself, too. */
  @ParameterizedTest
  @CsvSource({"mistral, ''", "qwen2, ', \"use_sliding_window\": true, \"max_window_layers\": 1'"})
  void refusesAWindowInWhichNothingIsVisible(String type, String more) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> family(type, ", \"sliding_window\": 0" + more));
    assertTrue(e.getMessage().contains("[sliding_window] is 0"), e.getMessage());
    assertTrue(e.getMessage().contains("null for no window"), e.getMessage());
  }

  @Test
  void qwen2RefusesSlidingLayersWithoutAWindow() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                family("qwen2", ", \"layer_types\": [\"full_attention\", \"sliding_attention\"]"));
    assertTrue(e.getMessage().contains("contradicts sliding_window"), e.getMessage());
  }

  @Test
  void absentKeyValueHeadsHaveTheDefaultOfTheClassAndNullMeansOnePerHead() {
    String mistral =
        LEAST.replace("LlamaForCausalLM", "MistralForCausalLM").replace("\"llama\"", "\"mistral\"");
    String eight = mistral.replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 16");
    assertEquals(8, ((LlamaConfig) parseWhole(eight + "}")).keyValueHeads());
    String none = eight + ", \"num_key_value_heads\": null}";
    assertEquals(16, ((LlamaConfig) parseWhole(none)).keyValueHeads());
  }

  @Test
  void namesTheFamiliesThatAreSupported() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> parseWhole("{\"model_type\": \"gptj\"}"));
    assertTrue(e.getMessage().contains("[gptj]"), e.getMessage());
    assertTrue(
        e.getMessage().contains("llama, mistral, mixtral, qwen2, qwen3, gemma2"), e.getMessage());
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
