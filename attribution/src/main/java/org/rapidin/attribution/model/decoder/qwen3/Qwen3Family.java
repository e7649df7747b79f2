package org.rapidin.attribution.model.decoder.qwen3;

import java.util.List;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryKeys;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.DecoderShape;
import org.rapidin.attribution.model.decoder.qwen2.Qwen2Family;
import org.rapidin.attribution.model.file.JsonObject;

/** Qwen3: queries and keys are normalized in each head; heads may be wider than hidden / heads. */
public final class Qwen3Family implements DecoderFamily {

  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Qwen3ForCausalLM");
    int heads = json.positiveInt("num_attention_heads", 32);
    int layers = keys.layers(32);
    int maxPositions = json.positiveInt("max_position_embeddings", 32_768);
    AttentionShape attention =
        new AttentionShape(heads, keys.keyValueHeads(heads, 32), json.positiveInt("head_dim", 128));
    DecoderShape shape =
        new DecoderShape(
            json.positiveInt("hidden_size", 4096),
            layers,
            heads,
            json.positiveInt("vocab_size", 151_936),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.RMS,
            json.positive("rms_norm_eps", 1e-6));
    List<Integer> windows = Qwen2Family.windows(keys, layers);
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, RotaryKeys.Names.USUAL);
    Qwen3Plan plan =
        new Qwen3Plan(
            shape.hiddenSize(),
            json.positiveInt("intermediate_size", 22_016),
            attention,
            json.flag("attention_bias", false),
            rotary.read(attention.width()),
            windows,
            Activation.of("hidden_act", json.text("hidden_act", "silu")));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
