package org.rapidin.attribution.model.decoder;

import java.util.List;
import java.util.Set;
import org.rapidin.attribution.model.file.JsonObject;

/** How a Hugging Face config.json of a Llama model is read. */
final class ModelConfigFormat {
  /** Keys that say nothing about logits or gradients of a given token sequence. */
  private static final Set<String> HARMLESS =
      Set.of(
          "_name_or_path",
          "attention_dropout", // off outside training
          "bos_token_id",
          "dtype", // the files say how weights are stored
          "eos_token_id",
          "initializer_range",
          "pad_token_id",
          "torch_dtype",
          "transformers_version",
          "use_cache");

  private ModelConfigFormat() {}

  static ModelConfig parse(JsonObject json) {
    requireLlama(json);
    json.only("hidden_act", "silu");
    json.only("mlp_bias", false);
    json.only("pretraining_tp", 1);
    json.only("partial_rotary_factor", 1, 1.0);
    json.only("quantization_config");
    int hidden = json.positiveInt("hidden_size");
    int heads = json.positiveInt("num_attention_heads");
    ModelConfig config =
        new ModelConfig(
            hidden,
            json.positiveInt("intermediate_size"),
            json.positiveInt("num_hidden_layers"),
            heads,
            json.positiveInt("num_key_value_heads", heads),
            headDimension(json, hidden, heads),
            json.positiveInt("vocab_size"),
            json.positiveInt("max_position_embeddings", 2048),
            json.positive("rms_norm_eps", 1e-6),
            json.positive("rope_theta", 10_000),
            ropeScaling(json),
            json.flag("tie_word_embeddings", false),
            json.flag("attention_bias", false));
    json.refuseUnknown(HARMLESS);
    return config;
  }

  private static void requireLlama(JsonObject json) {
    if (json.has("architectures")) {
      List<String> architectures = json.texts("architectures");
      if (!architectures.equals(List.of("LlamaForCausalLM"))) {
        throw new IllegalArgumentException(
            "config.json: architecture "
                + architectures
                + " is not supported: LlamaForCausalLM is");
      }
    }
    String type = json.text("model_type", "");
    if (!type.equals("llama")) {
      throw new IllegalArgumentException(
          "config.json: model_type [" + type + "] is not supported: llama is");
    }
  }

  private static int headDimension(JsonObject json, int hidden, int heads) {
    if (!json.has("head_dim") && hidden % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size "
              + hidden
              + " is no multiple of num_attention_heads "
              + heads
              + ", and there is no head_dim");
    }
    return json.positiveInt("head_dim", hidden / heads);
  }

  private static RopeScaling ropeScaling(JsonObject config) {
    if (!config.has("rope_scaling")) {
      return new RopeScaling.None();
    }
    JsonObject json = config.object("rope_scaling");
    String type = json.text("rope_type", json.text("type", ""));
    RopeScaling scaling =
        switch (type) {
          case "default" -> new RopeScaling.None();
          case "llama3" ->
              new RopeScaling.Llama3(
                  json.positive("factor"),
                  json.positive("low_freq_factor"),
                  json.positive("high_freq_factor"),
                  json.positiveInt("original_max_position_embeddings"));
          default ->
              throw new IllegalArgumentException(
                  "config.json: rope_scaling type [" + type + "] is not supported: llama3 is");
        };
    json.refuseUnknown(Set.of());
    return scaling;
  }
}
