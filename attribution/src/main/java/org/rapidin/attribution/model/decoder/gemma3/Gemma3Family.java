package org.rapidin.attribution.model.decoder.gemma3;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.RotaryKeys;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.ComposedConfig;
import org.rapidin.attribution.model.decoder.composed.DecoderShape;
import org.rapidin.attribution.model.decoder.gemma2.Gemma2Family;
import org.rapidin.attribution.model.decoder.gemma2.GemmaPlan;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Gemma 3, text only: as Gemma 2 without a cap on scores, with normalized heads, and with another
 * base of positions in layers with a sliding window, five of six.
 */
public final class Gemma3Family implements DecoderFamily {
  private static final int DEFAULT_WINDOW = 4096;
  private static final RotaryKeys.Names GLOBAL = RotaryKeys.Names.withTheta(1_000_000);
  private static final RotaryKeys.Names LOCAL =
      new RotaryKeys.Names("rope_local_base_freq", 10_000, "", 1);

  @Override
  public String modelType() {
    return "gemma3_text";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Gemma3ForCausalLM");
    double cap = Gemma2Family.cap(json, "final_logit_softcapping", 0);
    DecoderShape shape = Gemma2Family.shape(keys, 262_208, 131_072, cap);
    AttentionShape heads = Gemma2Family.heads(keys, shape, 0);
    List<Boolean> slides = slides(keys, shape.layers());
    GemmaPlan plan =
        new GemmaPlan(
            shape.hiddenSize(),
            json.positiveInt("intermediate_size", 9216),
            heads,
            json.flag("attention_bias", false),
            true,
            rotary(json, shape, heads, slides),
            keys.windows(slides, DEFAULT_WINDOW),
            Gemma2Family.activation(json));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }

  private static List<Boolean> slides(FamilyKeys keys, int layers) {
    int pattern = keys.json().positiveInt("sliding_window_pattern", 6);
    return keys.slidingLayers(layers)
        .orElseGet(() -> IntStream.range(0, layers).mapToObj(i -> (i + 1) % pattern != 0).toList());
  }

  private static List<RotaryPositions> rotary(
      JsonObject json, DecoderShape shape, AttentionShape heads, List<Boolean> slides) {
    int maxPositions = shape.maxPositions();
    RotaryPositions global =
        new RotaryKeys(json, maxPositions, GLOBAL).read("full_attention", true, heads.width());
    RotaryPositions local =
        new RotaryKeys(json, maxPositions, LOCAL).read("sliding_attention", false, heads.width());
    if (json.has("rope_parameters")) {
      JsonObject kinds = json.object("rope_parameters");
      kinds.has("full_attention");
      kinds.has("sliding_attention");
      kinds.refuseUnknown(Map.of(), Map.of());
    }
    return slides.stream().map(slide -> slide ? local : global).toList();
  }
}
