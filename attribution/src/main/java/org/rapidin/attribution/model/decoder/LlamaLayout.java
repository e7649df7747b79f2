package org.rapidin.attribution.model.decoder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and shapes of a Llama model's parameters, as Hugging Face has them. */
final class LlamaLayout {
  static final String EMBEDDING = "model.embed_tokens";
  static final String NORM = "model.norm";
  static final String HEAD = "lm_head";

  private LlamaLayout() {}

  static String layer(int index, String module) {
    return "model.layers." + index + "." + module;
  }

  /** Shape {@code [out, in]} by module of every linear layer but the head, in forward order. */
  static Map<String, long[]> linears(ModelConfig config) {
    long hidden = config.hiddenSize();
    long queries = (long) config.heads() * config.headDimension();
    long keys = (long) config.keyValueHeads() * config.headDimension();
    long middle = config.intermediateSize();
    Map<String, long[]> linears = new LinkedHashMap<>();
    for (int i = 0; i < config.layers(); i++) {
      linears.put(layer(i, "self_attn.q_proj"), new long[] {queries, hidden});
      linears.put(layer(i, "self_attn.k_proj"), new long[] {keys, hidden});
      linears.put(layer(i, "self_attn.v_proj"), new long[] {keys, hidden});
      linears.put(layer(i, "self_attn.o_proj"), new long[] {hidden, queries});
      linears.put(layer(i, "mlp.gate_proj"), new long[] {middle, hidden});
      linears.put(layer(i, "mlp.up_proj"), new long[] {middle, hidden});
      linears.put(layer(i, "mlp.down_proj"), new long[] {hidden, middle});
    }
    return linears;
  }

  /** Names of the normalisations, in forward order. */
  static List<String> norms(ModelConfig config) {
    List<String> norms = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      norms.add(layer(i, "input_layernorm"));
      norms.add(layer(i, "post_attention_layernorm"));
    }
    norms.add(NORM);
    return norms;
  }

  /** Shapes of all parameters by name; a tied head has none of its own. */
  static Map<String, long[]> parameters(ModelConfig config) {
    long hidden = config.hiddenSize();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put(EMBEDDING + ".weight", new long[] {config.vocabularySize(), hidden});
    linears(config)
        .forEach(
            (module, shape) -> {
              shapes.put(module + ".weight", shape);
              if (config.attentionBias() && module.contains(".self_attn.")) {
                shapes.put(module + ".bias", new long[] {shape[0]});
              }
            });
    norms(config).forEach(norm -> shapes.put(norm + ".weight", new long[] {hidden}));
    if (!config.tiedHead()) {
      shapes.put(HEAD + ".weight", new long[] {config.vocabularySize(), hidden});
    }
    return shapes;
  }

  /** Whether a stored tensor that is no parameter changes nothing and may be passed over. */
  static boolean isIgnorable(ModelConfig config, String name) {
    return name.endsWith(".rotary_emb.inv_freq") // derived from the config; old exports hold it
        || config.tiedHead() && name.equals(HEAD + ".weight"); // a copy of the embedding
  }
}
