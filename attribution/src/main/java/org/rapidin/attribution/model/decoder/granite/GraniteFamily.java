package org.rapidin.attribution.model.decoder.granite;

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

/** Granite 3: a Llama-like decoder that scales embedding, scores, residuals and logits. */
public final class GraniteFamily implements DecoderFamily {

  @Override
  public String modelType() {
    return "granite";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "GraniteForCausalLM");
    int hidden = json.positiveInt("hidden_size", 4096);
    int heads = json.positiveInt("num_attention_heads", 32);
    int maxPositions = json.positiveInt("max_position_embeddings", 2048);
    AttentionShape attention =
        new AttentionShape(
            heads,
            keys.keyValueHeads(heads, heads),
            keys.headDimension(hidden, heads),
            json.positive("attention_multiplier", 1),
            0);
    DecoderShape shape =
        new DecoderShape(
            hidden,
            keys.layers(32),
            heads,
            json.positiveInt("vocab_size", 32_000),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.RMS,
            json.positive("rms_norm_eps", 1e-6),
            json.positive("embedding_multiplier", 1),
            1 / json.positive("logits_scaling", 1),
            0);
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, RotaryKeys.Names.USUAL);
    GranitePlan plan =
        new GranitePlan(
            hidden,
            json.positiveInt("intermediate_size", 11_008),
            attention,
            json.flag("attention_bias", false),
            json.flag("mlp_bias", false),
            rotary.read(attention.width()),
            json.positive("residual_multiplier", 1),
            Activation.of("hidden_act", json.text("hidden_act", "silu")));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
