package org.rapidin.attribution.model.decoder.gptneox;

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
 * GPT-NeoX and Pythia: attention and MLP side by side, rotary positions in a part of each head,
 * normalizations with a mean and a bias, a plain MLP.
 */
public final class GptNeoxFamily implements DecoderFamily {
  private static final RotaryKeys.Names ROTARY =
      new RotaryKeys.Names("rotary_emb_base", 10_000, "rotary_pct", 0.25);

  @Override
  public String modelType() {
    return "gpt_neox";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "GPTNeoXForCausalLM");
    int hidden = json.positiveInt("hidden_size", 6144);
    int heads = json.positiveInt("num_attention_heads", 64);
    int maxPositions = json.positiveInt("max_position_embeddings", 2048);
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %s is not a multiple of num_attention_heads %s"
              .formatted(hidden, heads));
    }
    AttentionShape attention = new AttentionShape(heads, heads, hidden / heads);
    DecoderShape shape =
        new DecoderShape(
            hidden,
            keys.layers(44),
            heads,
            json.positiveInt("vocab_size", 50_432),
            maxPositions,
            json.flag("tie_word_embeddings", false),
            NormModule.Kind.LAYER,
            json.positive("layer_norm_eps", 1e-5));
    RotaryKeys rotary = new RotaryKeys(json, maxPositions, ROTARY);
    GptNeoxPlan plan =
        new GptNeoxPlan(
            hidden,
            json.positiveInt("intermediate_size", 24_576),
            attention,
            json.flag("attention_bias", true),
            json.flag("use_parallel_residual", true),
            rotary.read(attention.width()),
            Activation.of("hidden_act", json.text("hidden_act", "gelu")));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }
}
