package org.rapidin.attribution.model.decoder.gpt2;

import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.DecoderShape;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * GPT-2: learned positions, normalizations with a mean and a bias, weights that are stored
 * transposed, a plain MLP, and a tied head.
 */
public final class Gpt2Family implements DecoderFamily {

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "GPT2LMHeadModel");
    int hidden = size(json, "n_embd", "hidden_size", 768);
    int layers = size(json, "n_layer", "num_hidden_layers", 12);
    int heads = size(json, "n_head", "num_attention_heads", 12);
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: n_embd %s is not a multiple of n_head %s".formatted(hidden, heads));
    }
    DecoderShape shape =
        new DecoderShape(
            hidden,
            FamilyKeys.requireLayers("n_layer", layers),
            heads,
            json.positiveInt("vocab_size", 50_257),
            size(json, "n_positions", "max_position_embeddings", 1024),
            json.flag("tie_word_embeddings", true),
            NormModule.Kind.LAYER,
            json.positive("layer_norm_epsilon", 1e-5));
    Gpt2Plan plan =
        new Gpt2Plan(
            hidden,
            json.positiveInt("n_inner", Math.multiplyExact(4, hidden)),
            heads,
            json.flag("scale_attn_weights", true),
            json.flag("scale_attn_by_inverse_layer_idx", false),
            Activation.of("activation_function", json.text("activation_function", "gelu_new")));
    json.only("n_special", 0); // tokens beyond vocab_size, which old versions added
    keys.finish();
    return new ComposedConfig(shape, plan);
  }

  /** A size that GPT-2's class knows by its own name and by that of other families. */
  private static int size(JsonObject json, String key, String usual, int absent) {
    int size = json.positiveInt(key, absent);
    int other = json.positiveInt(usual, size);
    if (json.has(key) && size != other) {
      throw new IllegalArgumentException(
          "config.json: [%s] is %s, [%s] is %s, and both name one size"
              .formatted(key, size, usual, other));
    }
    return other;
  }
}
