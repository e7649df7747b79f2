package org.rapidin.attribution.model.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.file.JsonObject;

class LoraConfigTests {
  private static final String LEAST = "{\"peft_type\": \"LORA\", \"lora_alpha\": 8";

  private static LoraConfig parse(String more) {
    byte[] json =
        (LEAST + (more.startsWith("\"r\"") ? ", " : ", \"r\": 4, ") + more + "}")
            .getBytes(StandardCharsets.UTF_8);
    return LoraConfig.parse(JsonObject.parse("adapter_config.json", json));
  }

  @Test
  void scaleIsAlphaOverRankOrItsRoot() {
    assertEquals(
        2, parse("\"target_modules\": [\"q_proj\"]").scale("model.layers.0.self_attn.q_proj"));
    assertEquals(
        4,
        parse("\"target_modules\": [\"q_proj\"], \"use_rslora\": true")
            .scale("model.layers.0.self_attn.q_proj"));
  }

  private static ModelLayout model() {
    RotaryPositions rotary = new RotaryPositions(4, 1e4, new RopeScaling.None());
    return new LlamaConfig(
            8, 8, 2, 2, 9, 16, 1e-5, rotary, true, AttentionBiases.NONE, List.of(9, 9))
        .layout();
  }

  private static List<String> modules(String more) {
    return parse(more).modules(model());
  }

  /** Field report: one string is a regular expression of the whole name. */
  @Test
  void aStringOfTargetsIsAPatternOfWholeNames() {
    assertEquals(
        modules("\"target_modules\": \"all-linear\""),
        modules("\"target_modules\": \".*\\\\.(q|k|v|o|gate|up|down)_proj\""));
    assertEquals(
        List.of("model.layers.1.mlp.up_proj"),
        modules("\"target_modules\": \"model\\\\.layers\\\\.1\\\\..*up_proj\""));
    assertRefused("fits none of the model's linear layers", "\"target_modules\": \"q_proj\"");
    assertRefused("[(] is not a regular expression", "\"target_modules\": \"(\"");
    assertRefused("takes too many steps", "\"target_modules\": \"(([a-z.0-9_]+)+)+!\"");
  }

  private static void assertRefused(String message, String more) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> modules(more));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void absentTargetsAreThoseOfPeft() {
    assertEquals(4, modules("\"target_modules\": null").size());
    assertEquals(modules("\"target_modules\": [\"q_proj\", \"v_proj\"]"), modules("\"r\": 4"));
  }

  @Test
  void exclusionsAndLayersAreAppliedAsInPeft() {
    String all = "\"target_modules\": \"all-linear\", ";
    assertEquals(12, modules(all + "\"exclude_modules\": [\"up_proj\"]").size());
    assertEquals(7, modules(all + "\"exclude_modules\": \".*layers\\\\.0.*\"").size());
    String both = "\"target_modules\": [\"q_proj\", \"model.layers.0.mlp.up_proj\"], ";
    // A whole name is adapted whatever its layer.
    assertEquals(
        List.of("model.layers.0.mlp.up_proj", "model.layers.1.self_attn.q_proj"),
        modules(both + "\"layers_to_transform\": [1]"));
    assertEquals(
        2, modules(both + "\"layers_to_transform\": 1, \"layers_pattern\": \"layers\"").size());
    assertEquals(1, modules(both + "\"layers_to_transform\": 1, \"layers_pattern\": \"h\"").size());
    String second =
        "\"target_modules\": [\"q_proj\"], \"layers_to_transform\": 1, \"layers_pattern\": ";
    List<String> expected = List.of("model.layers.1.self_attn.q_proj");
    for (String pattern :
        List.of("\"\"", "[]", "\"lay.rs\"", "[\"h\", \"l[a-z]+\"]", "\"\\\\w+\"")) {
      assertEquals(expected, modules(second + pattern), pattern);
    }
    // PEFT puts no group around it, so its first branch is a match without an index.
    assertRefused("fits none", second + "\"layers|h\"");
    assertRefused("(\\.(?<idx>\\d+)\\.] is not a regular expression", second + "\"(\"");
    assertRefused("layers_to_transform needs target_modules", all + "\"layers_to_transform\": [0]");
  }

  /** PEFT's get_pattern_key: the first pattern that fits the end of the name at a dot. */
  @Test
  void ranksAndAlphasMayDifferByModule() {
    LoraConfig config =
        parse(
            "\"rank_pattern\": {\"q_proj\": 2, \".*\\\\.1\\\\..*q_proj\": 16, \"layers.1.mlp.up_proj\": 1},"
                + " \"alpha_pattern\": {\"v_proj\": 12}");
    assertEquals(2, config.rank("model.layers.0.self_attn.q_proj"));
    assertEquals(2, config.rank("model.layers.1.self_attn.q_proj"));
    assertEquals(4, config.rank("model.layers.0.self_attn.xq_proj"));
    assertEquals(1, config.rank("model.layers.1.mlp.up_proj"));
    assertEquals(4, config.scale("model.layers.0.self_attn.q_proj")); // 8 / 2
    assertEquals(3, config.scale("model.layers.0.self_attn.v_proj")); // 12 / 4
    assertEquals(2, config.scale("model.layers.0.self_attn.k_proj")); // 8 / 4
    List<Long> shape =
        LoraWeights.shapes(config, model())
            .get("base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight");
    assertEquals(List.of(2L, 8L), shape);
  }

  @Test
  void allRefusedKeysAreNamedAtOnceWithWhatTheyChange() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                parse(
                    "\"modules_to_save\": [\"lm_head\"], \"new_key\": 3, \"use_dora\": true,"
                        + " \"trainable_token_indices\": [1]"));
    assertEquals(
        "adapter_config.json: this version does not compute with these keys, so its numbers might"
            + " be those of another model: [modules_to_save] replaces whole modules by trained"
            + " copies; [new_key] is unknown; [use_dora] divides by the norms of the adapted"
            + " weights; [trainable_token_indices] replaces rows of the embedding. Please report"
            + " unknown keys, so that they can be supported",
        e.getMessage());
  }

  @Test
  void targetsAreLastPartsOfNamesOrAllLinearLayers() {
    ModelLayout model = model();
    assertEquals(
        List.of("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"),
        parse("\"target_modules\": [\"q_proj\"]").modules(model));
    assertEquals(
        List.of("model.layers.1.mlp.up_proj"),
        parse("\"target_modules\": [\"model.layers.1.mlp.up_proj\"]").modules(model));
    assertEquals(14, parse("\"target_modules\": \"all-linear\"").modules(model).size());
  }

  /** Configurations list the names of several families. */
  @Test
  void namesThatTheModelDoesNotHaveAreIgnoredIfOneFits() {
    assertEquals(
        modules("\"target_modules\": [\"q_proj\"]"),
        modules("\"target_modules\": [\"query_key_value\", \"q_proj\", \"c_attn\"]"));
    assertRefused(
        "[query_key_value, c_attn]", "\"target_modules\": [\"query_key_value\", \"c_attn\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[\"q_proj\", \"lm_head\"] | [lm_head]",
        "[\"q_proj\", \"embed_tokens\"] | [model.embed_tokens]",
        "[\"q_proj\", \"model.embed_tokens\"] | [model.embed_tokens]",
        "\"(model.*q_proj)?(lm_head)?\" | [lm_head]",
      })
  void theHeadAndTheEmbeddingAreNotAdapted(String targets, String named) {
    String json = "\"target_modules\": " + targets;
    assertRefused(named + " is adapted", json);
    String excluded = ", \"exclude_modules\": [\"lm_head\", \"embed_tokens\"]";
    assertEquals(modules("\"target_modules\": [\"q_proj\"]"), modules(json + excluded));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"use_dora\": true | [use_dora]",
        "\"bias\": \"all\" | [bias]",
        "\"modules_to_save\": [\"lm_head\"] | [modules_to_save]",
        "\"layer_replication\": [[0, 1]] | [layer_replication]",
        "\"init_lora_weights\": \"pissa\" | [init_lora_weights]",
        "\"use_qalora\": true | [use_qalora]",
        "\"lora_bias\": true | [lora_bias]",
        "\"task_type\": \"SEQ_CLS\" | [task_type]",
      })
  void refusesByNameWhatItDoesNotKnow(String more, String named) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> parse("\"target_modules\": [\"q_proj\"], " + more));
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }

  @Test
  void refusesAnEmptyListOfTargets() {
    assertThrows(IllegalArgumentException.class, () -> parse("\"target_modules\": []"));
  }
}
