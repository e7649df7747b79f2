package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;

/** Keys of config.json: rotary parameters, those that change nothing, those that are refused. */
class ConfigKeysTests extends DecoderConfigTestCase {

  @Test
  void readsTheRotaryParametersOfTransformers5() {
    LlamaConfig plain =
        parse(", \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 500000.0}");
    assertEquals(500_000, plain.rotary().theta());
    assertEquals(new RopeScaling.None(), plain.rotary().scaling());
    String llama3 =
        """
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 8192""";
    LlamaConfig stretched = parse(", \"rope_parameters\": " + llama3 + ", \"rope_theta\": 7}");
    assertEquals(7, stretched.rotary().theta());
    assertEquals(new RopeScaling.Llama3(8, 1, 4, 8192), stretched.rotary().scaling());
    LlamaConfig both =
        parse(
            ", \"rope_theta\": 7, \"rope_scaling\": %s}, \"rope_parameters\": %s, \"rope_theta\": 7}"
                .formatted(llama3, llama3));
    assertEquals(stretched, both);
    assertEquals(
        10_000, parse(", \"rope_parameters\": {\"rope_type\": \"default\"}").rotary().theta());
  }

  /** transformers 5 takes the default type for an absent one; an empty rope_scaling is none. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"rope_parameters\": {}",
        "\"rope_scaling\": {}",
        "\"rope_parameters\": {\"rope_theta\": 10000.0}",
        "\"rope_scaling\": {}, \"rope_parameters\": {\"rope_type\": \"default\"}",
      })
  void rotaryParametersWithoutATypeAreTheDefault(String keys) {
    assertEquals(parse(""), parse(", " + keys), keys);
  }

  @Test
  void emptyScalingDoesNotContradictRotaryParameters() {
    String llama3 =
        ", \"rope_parameters\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
            + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 64}";
    assertEquals(parse(llama3), parse(llama3 + ", \"rope_scaling\": {}"));
  }

  /** transformers 5 (standardize_rope_params) takes the longest sequence of the model. */
  @Test
  void llama3WithoutOriginalPositionsTakesThoseOfTheModel() {
    String llama3 =
        ", \"rope_parameters\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
            + " \"high_freq_factor\": 4.0}";
    assertEquals(
        new RopeScaling.Llama3(8, 1, 4, 512),
        parse(llama3 + ", \"max_position_embeddings\": 512").rotary().scaling());
    assertEquals(
        new RopeScaling.Llama3(8, 1, 4, 2048), parse(llama3).rotary().scaling(), "the class's");
  }

  @Test
  void readsALinearScaling() {
    RopeScaling wanted = new RopeScaling.Linear(2);
    String linear = ": {\"rope_type\": \"linear\", \"factor\": 2.0}";
    assertEquals(wanted, parse(", \"rope_scaling\"" + linear).rotary().scaling());
    assertEquals(wanted, parse(", \"rope_parameters\"" + linear).rotary().scaling());
  }

  @Test
  void keysThatChangeNothingMayStand() {
    parse(", \"torch_dtype\": \"bfloat16\", \"use_cache\": true, \"pad_token_id\": null");
    parse(", \"sliding_window\": null, \"quantization_config\": null, \"something_off\": false");
  }

  /** The keys of the field report, and what transformers 4 and 5 and unsloth leave behind. */
  @Test
  void keysOfTrainingGenerationAndStorageChangeNothing() {
    LlamaConfig plain = parse("");
    for (String keys :
        List.of(
            "\"_attn_implementation_autoset\": true",
            "\"unsloth_fixed\": true, \"unsloth_version\": \"2026.1.1\"",
            "\"layer_types\": [\"full_attention\", \"full_attention\"]",
            "\"layer_types\": [\"attention\", \"full_attention\"]",
            "\"hidden_act\": \"swish\"",
            "\"name_or_path\": \"a/b\", \"experts_implementation\": \"grouped_mm\"",
            "\"max_length\": 20, \"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9",
            "\"eos_token_id\": [1, 2], \"num_key_value_heads\": null, \"head_dim\": null",
            "\"id2label\": {\"0\": \"a\"}, \"chunk_size_feed_forward\": 0, \"dtype\": \"bfloat16\"",
            "\"rope_parameters\": {\"rope_theta\": 10000.0, \"rope_type\": \"default\"}")) {
      assertEquals(plain, parse(", " + keys), keys);
    }
  }

  @Test
  void everyKeyThatIsRefusedIsNamedAndNoneIsToBeRemoved() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                parse(
                    ", \"clip_qkv\": 8, \"do_sample\": true, \"width_of_x\": 3, \"use_alibi\": true"));
    assertEquals(
        "config.json: this version does not compute with these keys, so its numbers might be those"
            + " of another model: [clip_qkv] limits activations; [width_of_x] is unknown;"
            + " [use_alibi] is unknown. Please report unknown keys, so that they can be supported",
        e.getMessage());
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
        "\"sliding_window\": 4096 | [sliding_window] limits what a position sees",
        "\"logits_scaling\": 8.0 | [logits_scaling] scales embeddings, residuals or logits",
        "\"auto_map\": {\"AutoModel\": \"m.py\"} | [auto_map] selects code",
        "\"is_causal\": false | [is_causal]",
        "\"rope_scaling\": {\"rope_type\": \"yarn\"} | lacks [factor]",
        "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2} | [dynamic] is not supported",
        "\"rope_scaling\": {\"type\": \"longrope\", \"factor\": 2} | [longrope] is not supported",
        "\"rope_scaling\": {\"rope_type\": \"llama3\"} | lacks [factor]",
        "\"rope_scaling\": 8 | [rope_scaling]",
        "\"rope_scaling\": {\"type\": \"default\", \"rope_theta\": 5} | [rope_theta]",
        "\"rope_parameters\": {\"rope_type\": \"ntk\"} | [ntk] is not supported",
        "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}} | rope_parameters",
        "\"rope_theta\": 5, \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 6} | contradicts",
        "\"layer_types\": [\"full_attention\", \"sliding_attention\"] | layer_types contradicts",
        "\"layer_types\": [\"full_attention\"] | layer_types lists 1 layers",
        "\"layer_types\": [\"chunked_attention\", \"full_attention\"] | [chunked_attention]",
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
}
