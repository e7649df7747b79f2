package org.rapidin.attribution.model.decoder.phi3;

import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.LongRopeKeys;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryKeys;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.DecoderShape;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Phi-3, Phi-3.5 and Phi-4: one linear layer for queries, keys and values, one for gate and up, and
 * LongRoPE where the context was extended.
 */
public final class Phi3Family implements DecoderFamily {
  private static final RotaryKeys.Names ROTARY =
      new RotaryKeys.Names("rope_theta", 10_000, "partial_rotary_factor", 1);

  @Override
  public String modelType() {
    return "phi3";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Phi3ForCausalLM");
    int hidden = json.positiveInt("hidden_size", 3072);
    int heads = json.positiveInt("num_attention_heads", 32);
    int layers = keys.layers(32);
    int maxPositions = json.positiveInt("max_position_embeddings", 4096);
    int original = json.positiveInt("original_max_position_embeddings", 4096);
    AttentionShape attention =
        new AttentionShape(
            heads, keys.keyValueHeads(heads, heads), keys.headDimension(hidden, heads));
    DecoderShape shape =
        new DecoderShape(
            hidden,
            layers,
            heads,
            json.positiveInt("vocab_size", 32_064),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.RMS,
            json.positive("rms_norm_eps", 1e-5));
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, ROTARY, new LongRopeKeys(original));
    Phi3Plan plan =
        new Phi3Plan(
            hidden,
            json.positiveInt("intermediate_size", 8192),
            attention,
            rotary.read(attention.width()),
            keys.optionalWindows(layers),
            Activation.of("hidden_act", json.text("hidden_act", "silu")));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
