package org.rapidin.attribution.model.decoder.olmo2;

import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryKeys;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.DecoderShape;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * OLMo 2: normalizations after attention and MLP in place of before them, and of queries and keys
 * over their whole width.
 */
public final class Olmo2Family implements DecoderFamily {

  @Override
  public String modelType() {
    return "olmo2";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Olmo2ForCausalLM");
    int hidden = json.positiveInt("hidden_size", 4096);
    int heads = json.positiveInt("num_attention_heads", 32);
    int maxPositions = json.positiveInt("max_position_embeddings", 2048);
    AttentionShape attention =
        new AttentionShape(
            heads, keys.keyValueHeads(heads, heads), keys.headDimension(hidden, heads));
    DecoderShape shape =
        new DecoderShape(
            hidden,
            keys.layers(32),
            heads,
            json.positiveInt("vocab_size", 50_304),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.RMS,
            json.positive("rms_norm_eps", 1e-5));
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, RotaryKeys.Names.USUAL);
    Olmo2Plan plan =
        new Olmo2Plan(
            hidden,
            json.positiveInt("intermediate_size", 11_008),
            attention,
            json.flag("attention_bias", false),
            rotary.read(attention.width()),
            Activation.of("hidden_act", json.text("hidden_act", "silu")));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
