package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.model.decoder.DecoderConfig;

/** Composed families: keys as transformers 4 and 5 write them, defaults, and what is refused. */
class FamilyConfigsTests {

  /** A config.json of the family with the given keys. */
  private static DecoderConfig parse(String family, String keys) {
    return DecoderConfigTestCase.parseWhole(
        "{\"model_type\": \"%s\", \"vocab_size\": 96%s}"
            .formatted(family, keys.isEmpty() ? "" : ", " + keys));
  }

  /** Both are one model: what a class has for an absent key, and both styles of the same keys. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "qwen3 | `` | \"head_dim\": 128, \"num_key_value_heads\": 32, \"rope_theta\": 10000.0",
        "qwen3 | `` | \"sliding_window\": 8, \"use_sliding_window\": false, \"layer_types\": null",
        "qwen3 | \"rope_theta\": 5 | \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 5}",
        "qwen3 | \"torch_dtype\": \"bfloat16\" | \"dtype\": \"bfloat16\", \"attention_bias\": false",
        "phi3 | `` | \"sliding_window\": null, \"rope_scaling\": null, \"num_key_value_heads\": null",
        "phi3 | `` | \"original_max_position_embeddings\": 4096, \"auto_map\": {\"AutoConfig\": \"c.py\"}",
        "phi3 | \"partial_rotary_factor\": 0.75 | \"rope_parameters\": {\"rope_theta\": 10000.0, \"partial_rotary_factor\": 0.75, \"rope_type\": \"default\"}",
        "phi3 | \"embd_pdrop\": 0.1, \"resid_pdrop\": 0.1 | \"hidden_act\": \"silu\"",
        "olmo2 | `` | \"rms_norm_eps\": 1e-5, \"attention_bias\": false, \"rope_theta\": 10000",
        "olmo2 | \"rope_theta\": 500000 | \"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"default\"}",
        "gemma2 | `` | \"attn_logit_softcapping\": 50.0, \"final_logit_softcapping\": 30.0, \"sliding_window\": 4096",
        "gemma2 | `` | \"tie_word_embeddings\": true, \"query_pre_attn_scalar\": 256, \"head_dim\": 256",
        "gemma2 | `` | \"hidden_activation\": null, \"hidden_act\": \"gelu\", \"cache_implementation\": \"hybrid\"",
        "gemma2 | \"num_hidden_layers\": 3 | \"num_hidden_layers\": 3, \"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\"]",
        "gemma3_text | `` | \"rope_theta\": 1000000, \"rope_local_base_freq\": 10000.0, \"sliding_window_pattern\": 6",
        "gemma3_text | `` | \"final_logit_softcapping\": null, \"attn_logit_softcapping\": 50.0, \"_sliding_window_pattern\": 6",
        "gemma2 | \"num_hidden_layers\": 1, \"layer_types\": [\"full_attention\"] | \"num_hidden_layers\": 1, \"layer_types\": [\"full_attention\"], \"sliding_window\": 8",
        "gemma3_text | \"num_hidden_layers\": 1, \"sliding_window_pattern\": 1 | \"num_hidden_layers\": 1, \"sliding_window_pattern\": 1, \"sliding_window\": 8",
        "gemma3_text | \"num_hidden_layers\": 3, \"sliding_window_pattern\": 3 | \"num_hidden_layers\": 3, \"layer_types\": [\"sliding_attention\", \"sliding_attention\", \"full_attention\"]",
        "gemma3_text | \"rope_theta\": 7, \"rope_local_base_freq\": 5 | \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\", \"rope_theta\": 7}, \"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 5}}",
        "gemma3_text | \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8.0} | \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", \"factor\": 8.0, \"rope_theta\": 1000000.0}, \"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}",
        "gpt2 | `` | \"n_inner\": null, \"activation_function\": \"gelu_new\", \"tie_word_embeddings\": true",
        "gpt2 | `` | \"is_causal\": true, \"architectures\": [\"GPT2LMHeadModel\"]",
        "gpt2 | `` | \"n_ctx\": 1024, \"summary_type\": \"cls_index\", \"summary_first_dropout\": 0.1",
        "gpt2 | \"n_embd\": 24, \"n_layer\": 2 | \"hidden_size\": 24, \"num_hidden_layers\": 2, \"scale_attn_weights\": true",
        "gpt_neox | `` | \"rotary_pct\": 0.25, \"rotary_emb_base\": 10000, \"use_parallel_residual\": true, \"attention_bias\": true",
        "gpt_neox | `` | \"rope_theta\": 7, \"partial_rotary_factor\": 0.5, \"hidden_act\": \"gelu\"",
        "gpt_neox | \"rotary_pct\": 0.5, \"rotary_emb_base\": 7 | \"rope_parameters\": {\"rope_theta\": 7, \"partial_rotary_factor\": 0.5, \"rope_type\": \"default\"}",
        "mixtral | `` | \"rope_theta\": 1000000.0, \"num_local_experts\": 8, \"num_experts_per_tok\": 2, \"sliding_window\": null",
        "mixtral | `` | \"head_dim\": null, \"router_aux_loss_coef\": 0.02, \"output_router_logits\": true, \"router_jitter_noise\": 0.1",
        "granite | `` | \"embedding_multiplier\": 1.0, \"logits_scaling\": 1.0, \"residual_multiplier\": 1.0, \"attention_multiplier\": 1.0",
      })
  void readsBothStylesAndTheDefaultsOfTheClass(String family, String one, String other) {
    assertEquals(parse(family, one), parse(family, other));
  }

  /** What makes another model is read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "qwen3 | \"attention_bias\": true",
        "qwen3 | \"use_sliding_window\": true, \"max_window_layers\": 3",
        "phi3 | \"sliding_window\": 2047",
        "phi3 | \"partial_rotary_factor\": 0.5",
        "olmo2 | \"rope_theta\": 500000",
        "gemma2 | \"attn_logit_softcapping\": null",
        "gemma2 | \"final_logit_softcapping\": null",
        "gemma2 | \"query_pre_attn_scalar\": 144",
        "gemma2 | \"sliding_window\": 8",
        "gemma3_text | \"sliding_window_pattern\": 3",
        "gemma3_text | \"rope_local_base_freq\": 20000",
        "gemma3_text | \"final_logit_softcapping\": 30.0",
        "gpt2 | \"scale_attn_weights\": false",
        "gpt2 | \"scale_attn_by_inverse_layer_idx\": true",
        "gpt2 | \"activation_function\": \"gelu\"",
        "gpt_neox | \"use_parallel_residual\": false",
        "gpt_neox | \"rotary_pct\": 1.0",
        "gpt_neox | \"attention_bias\": false",
        "mixtral | \"num_experts_per_tok\": 3",
        "mixtral | \"sliding_window\": 8",
        "granite | \"residual_multiplier\": 0.22",
        "granite | \"mlp_bias\": true",
      })
  void readsWhatChangesNumbers(String family, String keys) {
    assertNotEquals(parse(family, ""), parse(family, keys));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "qwen3 | \"mlp_bias\": true | [mlp_bias] adds biases",
        "qwen3 | \"hidden_act\": \"relu\" | [hidden_act] is [relu], supported are",
        "qwen3 | \"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 4.0} | type [dynamic] is not supported",
        "phi3 | \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2} | default and longrope are",
        "phi3 | \"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1], \"long_factor\": [1]} | short_factor has 1",
        "phi3 | \"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1]} | lacks [long_factor]",
        "phi3 | \"rope_parameters\": {\"original_max_position_embeddings\": 8} | transformers takes the second",
        "olmo2 | \"clip_qkv\": 8.0 | [clip_qkv] limits activations",
        "gemma2 | \"sliding_window\": null | [sliding_window] is null",
        "gemma2 | \"use_bidirectional_attention\": true | [use_bidirectional_attention] lets positions see later ones",
        "gemma3_text | \"rope_parameters\": {\"rope_theta\": 7} | [rope_theta]",
        "gemma3_text | \"vision_config\": {\"a\": 1} | [vision_config] adds another modality",
        "gpt2 | \"add_cross_attention\": true | [add_cross_attention]",
        "gpt2 | \"n_embd\": 24, \"hidden_size\": 48 | both name one size",
        "gpt2 | \"n_embd\": 25 | not a multiple",
        "gpt2 | \"n_special\": 3 | [n_special]",
        "gpt_neox | \"head_dim\": 8 | [head_dim] sets the width of heads",
        "gpt_neox | \"rotary_pct\": 1.5 | [rotary_pct] must be",
        "mixtral | \"num_experts_per_tok\": 9 | num_experts_per_tok at most",
        "granite | \"num_local_experts\": 4 | [num_local_experts] replaces the MLP",
      })
  void refusesByNameWhatItDoesNotCompute(String family, String keys, String named) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parse(family, keys));
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }

  /** transformers 5 then lets every position see all others. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gemma2",
        "gemma3_text",
        "gpt2",
        "gpt_neox",
        "granite",
        "llama",
        "mistral",
        "mixtral",
        "olmo2",
        "phi3",
        "qwen2",
        "qwen3"
      })
  void refusesAttentionToLaterPositions(String family) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parse(family, "\"is_causal\": false"));
    assertTrue(e.getMessage().contains("[is_causal] must be [true]"), e.getMessage());
  }

  /** The keys of gpt2-medium, as it is published. */
  @Test
  void readsAPublishedGpt2() {
    String shape = "\"n_embd\": 1024, \"n_head\": 16, \"n_layer\": 24";
    String published =
        """
        "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256,
        "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "n_ctx": 1024,
        "n_positions": 1024, "n_special": 0, "predict_special_tokens": true,
        "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1,
        "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true,
        "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}},
        "output_past": true, "_num_labels": 1,
        "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}, "num_labels": 1,
        "finetuning_task": null, "output_attentions": false, "output_hidden_states": false,
        "pruned_heads": {}, "torchscript": false, "use_bfloat16": false,
        """;
    assertEquals(parse("gpt2", shape), parse("gpt2", published + shape));
  }

  /** Rows may choose different experts, so that more of them compute, each for all rows. */
  @Test
  void moreRowsPassMoreExperts() {
    String heads = "\"num_attention_heads\": 2, \"num_key_value_heads\": 1";
    DecoderConfig mixtral =
        parse("mixtral", heads + ", \"hidden_size\": 64, \"num_local_experts\": 5");
    assertEquals(2 * (2 + 2) * 64, mixtral.additionalFloats(9, 1));
    assertEquals(2 * (4 + 2) * 64, mixtral.additionalFloats(9, 2));
    assertEquals(2 * (5 + 2) * 64, mixtral.additionalFloats(9, 3));
    assertEquals(2 * (5 + 2) * 64, mixtral.additionalFloats(9, 8));
  }

  /** All at once, and none is to be removed. */
  @Test
  void namesAllUnknownKeysAtOnce() {
    String keys = "\"alibi\": true, \"width_of_x\": 3, \"qk_norm\": true";
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parse("gemma2", keys));
    for (String key : keys.replaceAll("[^a-z_,]|true", "").split(",")) {
      assertTrue(e.getMessage().contains("[" + key + "]"), e.getMessage());
    }
    assertTrue(!e.getMessage().contains("remove"), e.getMessage());
  }
}
