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
  private static final String LEAST = "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8";

  private static LoraConfig parse(String more) {
    byte[] json = (LEAST + ", " + more + "}").getBytes(StandardCharsets.UTF_8);
    return LoraConfig.parse(JsonObject.parse("adapter_config.json", json));
  }

  @Test
  void scaleIsAlphaOverRankOrItsRoot() {
    assertEquals(2, parse("\"target_modules\": [\"q_proj\"]").scale());
    assertEquals(4, parse("\"target_modules\": [\"q_proj\"], \"use_rslora\": true").scale());
  }

  @Test
  void targetsAreLastPartsOfNamesOrAllLinearLayers() {
    RotaryPositions rotary = new RotaryPositions(4, 1e4, new RopeScaling.None());
    ModelLayout model =
        new LlamaConfig(8, 8, 2, 2, 9, 16, 1e-5, rotary, true, AttentionBiases.NONE, List.of(9, 9))
            .layout();
    assertEquals(
        List.of("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"),
        parse("\"target_modules\": [\"q_proj\"]").modules(model));
    assertEquals(
        List.of("model.layers.1.mlp.up_proj"),
        parse("\"target_modules\": [\"model.layers.1.mlp.up_proj\"]").modules(model));
    assertEquals(14, parse("\"target_modules\": \"all-linear\"").modules(model).size());
    LoraConfig head = parse("\"target_modules\": [\"q_proj\", \"lm_head\"]");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> head.modules(model));
    assertTrue(e.getMessage().contains("[lm_head]"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"use_dora\": true | [use_dora]",
        "\"bias\": \"all\" | [bias]",
        "\"fan_in_fan_out\": true | [fan_in_fan_out]",
        "\"modules_to_save\": [\"lm_head\"] | [modules_to_save]",
        "\"rank_pattern\": {\"q_proj\": 8} | [rank_pattern]",
        "\"alpha_pattern\": {\"q_proj\": 8} | [alpha_pattern]",
        "\"layers_to_transform\": [0] | [layers_to_transform]",
        "\"layer_replication\": [[0, 1]] | [layer_replication]",
        "\"init_lora_weights\": \"pissa\" | [init_lora_weights]",
        "\"exclude_modules\": [\"up_proj\"] | [exclude_modules]",
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
  void refusesAPatternOfTargets() {
    assertThrows(IllegalArgumentException.class, () -> parse("\"target_modules\": \".*_proj\""));
    assertThrows(IllegalArgumentException.class, () -> parse("\"target_modules\": []"));
  }
}
