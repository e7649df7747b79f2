package org.rapidin.attribution.model.decoder.llama;

import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;

/** Names and shapes of a Llama-like model's parameters, as Hugging Face has them. */
final class LlamaLayout {
  static final String EMBEDDING = "model.embed_tokens";
  static final String NORM = "model.norm";
  static final String HEAD = "lm_head";

  private final LlamaConfig config;
  private final ModelLayout.Builder layout = new ModelLayout.Builder();

  private LlamaLayout(LlamaConfig config) {
    this.config = config;
  }

  static String layer(int index, String module) {
    return "model.layers.%s.%s".formatted(index, module);
  }

  /** All parameters: embedding, linear layers with their biases, normalizations, untied head. */
  static ModelLayout of(LlamaConfig config) {
    return new LlamaLayout(config).build();
  }

  private ModelLayout build() {
    long vocabulary = config.vocabularySize();
    long hidden = config.hiddenSize();
    layout.add(EMBEDDING + ".weight", Role.TABLE, ParameterShape.OUTSIDE, vocabulary, hidden);
    for (int i = 0; i < config.layers(); i++) {
      addLinears(i);
    }
    for (int i = 0; i < config.layers(); i++) {
      layout.add(layer(i, "input_layernorm.weight"), Role.NORM, i, hidden);
      layout.add(layer(i, "post_attention_layernorm.weight"), Role.NORM, i, hidden);
    }
    layout.add(NORM + ".weight", Role.NORM, ParameterShape.OUTSIDE, hidden);
    if (!config.tiedHead()) {
      layout.add(HEAD + ".weight", Role.TABLE, ParameterShape.OUTSIDE, vocabulary, hidden);
    }
    return layout.adapterTargets("q_proj", "v_proj").build(EMBEDDING + ".weight", HEAD + ".weight");
  }

  private void addLinears(int layer) {
    long hidden = config.hiddenSize();
    long queries = (long) config.heads() * config.headDimension();
    long keys = (long) config.keyValueHeads() * config.headDimension();
    long middle = config.intermediateSize();
    boolean biased = config.biases() != AttentionBiases.NONE;
    addLinear(layer, "self_attn.q_proj", queries, hidden, biased);
    addLinear(layer, "self_attn.k_proj", keys, hidden, biased);
    addLinear(layer, "self_attn.v_proj", keys, hidden, biased);
    addLinear(layer, "self_attn.o_proj", hidden, queries, config.biases() == AttentionBiases.QKVO);
    addLinear(layer, "mlp.gate_proj", middle, hidden, false);
    addLinear(layer, "mlp.up_proj", middle, hidden, false);
    addLinear(layer, "mlp.down_proj", hidden, middle, false);
  }

  private void addLinear(int layer, String module, long out, long in, boolean biased) {
    layout.add(layer(layer, module + ".weight"), Role.LINEAR, layer, out, in);
    if (biased) {
      layout.add(layer(layer, module + ".bias"), Role.BIAS, layer, out);
    }
  }
}
