package org.rapidin.attribution.model.decoder;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Keys of {@code config.json} that no decoder reads, as transformers 4 and 5, unsloth and the
 * common conversion scripts write them. Two lists: keys that have no part in a logit, each with the
 * reason, and keys that do, each with what they change. Every other key is refused as unknown.
 *
 * <p>A key belongs in the first list only if the modeling code of its writer does not read it when
 * it computes the logits of given tokens outside of training.
 */
final class ConfigKeys {
  private static final String GENERATION = "how text is generated, not how tokens are scored";
  private static final String TRAINING = "in effect while training only";
  private static final String ROUTER_LOSS =
      "another loss of the training; the loss here is that of the tokens";
  private static final String LABELS = "heads of classifiers, which are not used";
  private static final String STORAGE = "how weights were stored; the files say so themselves";
  private static final String KERNEL = "which kernel computes attention; the same numbers";
  private static final String OUTPUT = "what the forward pass returns besides logits";
  private static final String ORIGIN = "where the model comes from";
  private static final String TOKENS = "ids and names for the tokenizer, which tokenizer.json has";
  private static final String PADDING =
      "not in a logit. PyTorch's Embedding(padding_idx) leaves this token's row out of the gradient of the lookup; here every row has its derivative, which differs only where parameters select the embedding table and a text has this token before one that carries loss";
  private static final String ENCODER = "of encoder-decoder models, which are not supported";

  private static final Map<String, String> HARMLESS = harmless();
  private static final Map<String, String> MEANINGS = meanings();
  private static final Map<String, Map<String, String>> OF_FAMILIES = ofFamilies();

  private ConfigKeys() {}

  /**
   * Refuses every key that was not read and is not harmless, all of them at once.
   *
   * @param modelType the family, which may ignore more keys
   * @throws IllegalArgumentException that names them and what they change
   */
  static void refuseOthers(JsonObject config, String modelType) {
    Map<String, String> harmless = new LinkedHashMap<>(HARMLESS);
    harmless.putAll(OF_FAMILIES.getOrDefault(modelType, Map.of()));
    config.refuseUnknown(harmless, MEANINGS);
  }

  /** Keys that a family's class ignores, though they count in others. */
  private static Map<String, Map<String, String>> ofFamilies() {
    Map<String, String> gemma = new LinkedHashMap<>();
    put(gemma, "Gemma reads hidden_activation", "hidden_act");
    Map<String, String> gemma3 = new LinkedHashMap<>(gemma);
    put(gemma3, "layer_types or sliding_window_pattern decide", "_sliding_window_pattern");
    put(gemma3, "its attention has no cap, whatever the key says", "attn_logit_softcapping");
    Map<String, String> gpt2 = new LinkedHashMap<>();
    put(gpt2, "n_positions decides", "n_ctx");
    put(gpt2, LABELS, "summary_type", "summary_use_proj", "summary_activation");
    put(gpt2, LABELS, "summary_proj_to_labels", "summary_first_dropout", "summary_hidden_size");
    put(gpt2, LABELS, "predict_special_tokens", "_num_labels");
    put(gpt2, OUTPUT, "output_past");
    put(gpt2, "in which order scores are scaled; the same numbers", "reorder_and_upcast_attn");
    Map<String, String> neox = new LinkedHashMap<>();
    put(neox, "rotary_emb_base and rotary_pct decide", "rope_theta", "partial_rotary_factor");
    Map<String, String> phi3 = new LinkedHashMap<>();
    put(phi3, "code that comes with the model; transformers has the same", "auto_map");
    put(phi3, "of that code; transformers ignores it", "interpolate_factor", "full_attn_mod");
    return Map.of(
        "gemma2", gemma, "gemma3_text", gemma3, "gpt2", gpt2, "gpt_neox", neox, "phi3", phi3);
  }

  private static Map<String, String> harmless() {
    Map<String, String> keys = new LinkedHashMap<>();
    put(
        keys,
        ORIGIN,
        "_name_or_path",
        "name_or_path",
        "_commit_hash",
        "transformers_version",
        "model_name");
    put(keys, ORIGIN, "unsloth_fixed", "unsloth_version", "unsloth_training", "is_llama_config");
    put(keys, ORIGIN, "transformers.js_config", "library_name", "license", "tags");
    put(keys, STORAGE, "torch_dtype", "dtype", "use_bfloat16", "tf_legacy_loss", "torchscript");
    put(keys, KERNEL, "_attn_implementation", "_attn_implementation_autoset");
    put(keys, KERNEL, "_attn_implementation_internal", "attn_implementation");
    put(keys, KERNEL, "_flash_attn_2_enabled", "use_flash_attention", "use_flash_attn");
    put(keys, KERNEL, "chunk_size_feed_forward");
    put(keys, "which kernel computes experts; the same numbers", "experts_implementation");
    put(keys, TRAINING, "attention_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop");
    put(keys, TRAINING, "hidden_dropout", "hidden_dropout_prob", "attention_probs_dropout_prob");
    put(keys, TRAINING, "mlp_dropout", "classifier_dropout", "classifier_dropout_prob", "dropout");
    put(keys, TRAINING, "gradient_checkpointing", "initializer_range", "initializer_factor");
    put(keys, TRAINING, "neftune_noise_alpha", "router_jitter_noise");
    put(keys, TRAINING, "residual_dropout", "embedding_dropout");
    put(keys, ROUTER_LOSS, "router_aux_loss_coef", "output_router_logits");
    put(keys, TOKENS, "bos_token_id", "eos_token_id", "sep_token_id");
    put(keys, PADDING, "pad_token_id");
    put(keys, TOKENS, "unk_token_id", "decoder_start_token_id", "tokenizer_class", "prefix");
    put(keys, TOKENS, "model_max_length", "tokenizer_model_max_length", "pad_token");
    put(keys, OUTPUT, "use_cache", "output_attentions", "output_hidden_states", "return_dict");
    put(keys, OUTPUT, "use_return_dict", "output_scores", "cache_implementation");
    put(keys, LABELS, "id2label", "label2id", "num_labels", "problem_type", "finetuning_task");
    put(keys, LABELS, "task_specific_params");
    put(keys, ENCODER, "is_decoder", "is_encoder_decoder", "tie_encoder_decoder");
    put(keys, GENERATION, "max_length", "min_length", "max_new_tokens", "min_new_tokens");
    put(keys, GENERATION, "do_sample", "early_stopping", "num_beams", "num_beam_groups");
    put(keys, GENERATION, "diversity_penalty", "temperature", "top_k", "top_p", "typical_p");
    put(keys, GENERATION, "min_p", "repetition_penalty", "length_penalty", "max_time");
    put(keys, GENERATION, "no_repeat_ngram_size", "encoder_no_repeat_ngram_size");
    put(keys, GENERATION, "bad_words_ids", "num_return_sequences", "return_dict_in_generate");
    put(keys, GENERATION, "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens");
    put(keys, GENERATION, "remove_invalid_values", "exponential_decay_length_penalty");
    put(keys, GENERATION, "begin_suppress_tokens", "guidance_scale", "penalty_alpha");
    return keys;
  }

  private static Map<String, String> meanings() {
    Map<String, String> keys = new LinkedHashMap<>();
    put(keys, "selects code that comes with the model, which is never run", "auto_map");
    put(keys, "says how the weights are quantized", "quantization_config", "compression_config");
    put(keys, "scales embeddings, residuals or logits", "embedding_multiplier", "logits_scaling");
    put(keys, "scales embeddings, residuals or logits", "residual_multiplier", "logit_scale");
    put(keys, "scales embeddings, residuals or logits", "scale_emb", "scale_depth", "mup_width");
    put(keys, "scales attention", "attention_multiplier", "query_pre_attn_scalar", "attn_scale");
    put(keys, "limits logits", "final_logit_softcapping", "attn_logit_softcapping");
    put(keys, "limits activations", "clip_qkv", "swiglu_limit");
    put(keys, "normalizes queries and keys", "use_qk_norm", "qk_layernorm", "qk_norm");
    put(keys, "rotates other dimensions or pairs", "rope_interleaved", "rotary_pct", "rotary_dim");
    put(keys, "rotates other dimensions or pairs", "partial_rotary_factor", "rotary_emb_fraction");
    put(keys, "leaves out or changes positions", "no_rope_layers", "no_rope_layer_interval");
    put(keys, "leaves out or changes positions", "rope_local_base_freq", "alibi", "use_mrope");
    put(keys, "limits what a position sees", "sliding_window", "use_sliding_window");
    put(keys, "limits what a position sees", "sliding_window_pattern", "attention_chunk_size");
    put(
        keys,
        "replaces the MLP by experts",
        "num_experts",
        "num_local_experts",
        "n_routed_experts");
    put(keys, "replaces the MLP by experts", "num_experts_per_tok", "moe_intermediate_size");
    put(keys, "removes attention heads", "pruned_heads");
    put(keys, "sets the width of heads", "head_dim");
    put(keys, "lets positions see later ones", "use_bidirectional_attention");
    put(keys, "scales attention", "scale_attn_weights", "scale_attn_by_inverse_layer_idx");
    put(keys, "changes what an activation computes", "hidden_act", "activation_function");
    put(keys, "adds another modality", "vision_config", "text_config", "audio_config");
    put(keys, "adds attention to an encoder", "add_cross_attention", "cross_attention_hidden_size");
    put(keys, "adds biases", "mlp_bias", "qkv_bias", "use_bias", "lm_head_bias");
    return keys;
  }

  private static void put(Map<String, String> keys, String reason, String... names) {
    for (String name : names) {
      keys.put(name, reason);
    }
  }
}
