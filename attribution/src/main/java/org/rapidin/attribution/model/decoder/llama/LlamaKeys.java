package org.rapidin.attribution.model.decoder.llama;

import java.util.List;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.RotaryKeys;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.file.JsonObject;

/** The keys of a config.json that families share whose layers are Llama's. */
public final class LlamaKeys {
  private LlamaKeys() {}

  /**
   * What the family's configuration class has for absent keys.
   *
   * @param keyValueHeads of an absent num_key_value_heads
   * @param maxPositions of an absent max_position_embeddings
   */
  public record Defaults(int keyValueHeads, int maxPositions) {}

  /**
   * Reads the shared keys. A family asks for its own keys before.
   *
   * @throws IllegalArgumentException if one is missing or malformed, or a key that nothing asked
   *     for might change numbers; names it
   */
  public static LlamaConfig config(
      FamilyKeys keys, Defaults defaults, AttentionBiases biases, List<Integer> windows) {
    JsonObject json = keys.json();
    json.only("hidden_act", "silu", "swish"); // two names of one function
    int hidden = json.positiveInt("hidden_size");
    int heads = keys.heads();
    int maxPositions = json.positiveInt("max_position_embeddings", defaults.maxPositions());
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, RotaryKeys.Names.USUAL);
    LlamaConfig config =
        new LlamaConfig(
            hidden,
            json.positiveInt("intermediate_size"),
            heads,
            keys.keyValueHeads(heads, defaults.keyValueHeads()),
            json.positiveInt("vocab_size"),
            maxPositions,
            json.positive("rms_norm_eps", 1e-6),
            rotary.read(keys.headDimension(hidden, heads)),
            json.flag("tie_word_embeddings", false),
            biases,
            windows);
    keys.finish();
    return config;
  }
}
