package org.rapidin.attribution.model.decoder.mixtral;

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

/** Mixtral: a router sends each token to a few of several MLPs. */
public final class MixtralFamily implements DecoderFamily {

  @Override
  public String modelType() {
    return "mixtral";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "MixtralForCausalLM");
    int hidden = json.positiveInt("hidden_size", 4096);
    int heads = json.positiveInt("num_attention_heads", 32);
    int layers = keys.layers(32);
    int maxPositions = json.positiveInt("max_position_embeddings", 4096 * 32);
    AttentionShape attention =
        new AttentionShape(heads, keys.keyValueHeads(heads, 8), keys.headDimension(hidden, heads));
    DecoderShape shape =
        new DecoderShape(
            hidden,
            layers,
            heads,
            json.positiveInt("vocab_size", 32_000),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.RMS,
            json.positive("rms_norm_eps", 1e-5));
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, RotaryKeys.Names.withTheta(1_000_000));
    MixtralPlan plan =
        new MixtralPlan(
            hidden,
            json.positiveInt("intermediate_size", 14_336),
            attention,
            rotary.read(attention.width()),
            keys.optionalWindows(layers),
            Activation.of("hidden_act", json.text("hidden_act", "silu")),
            json.positiveInt("num_local_experts", 8),
            json.positiveInt("num_experts_per_tok", 2));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
