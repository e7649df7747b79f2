package org.rapidin.attribution.model.decoder.gemma2;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
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
 * Gemma 2: caps on scores and logits, a sliding window in every second layer from the first on, a
 * scaled embedding, normalizations before and after attention and MLP.
 */
public final class Gemma2Family implements DecoderFamily {
  private static final int DEFAULT_WINDOW = 4096;

  @Override
  public String modelType() {
    return "gemma2";
  }

  @Override
  public DecoderConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Gemma2ForCausalLM");
    DecoderShape shape = shape(keys, 256_000, 8192, cap(json, "final_logit_softcapping", 30));
    AttentionShape heads = heads(keys, shape, cap(json, "attn_logit_softcapping", 50));
    List<Boolean> slides =
        keys.slidingLayers(shape.layers())
            .orElseGet(() -> IntStream.range(0, shape.layers()).mapToObj(i -> i % 2 == 0).toList());
    RotaryKeys rotary = new RotaryKeys(json, shape.maxPositions(), RotaryKeys.Names.USUAL);
    GemmaPlan plan =
        new GemmaPlan(
            shape.hiddenSize(),
            json.positiveInt("intermediate_size", 9216),
            heads,
            json.flag("attention_bias", false),
            false,
            Collections.nCopies(shape.layers(), rotary.read(heads.width())),
            keys.windows(slides, DEFAULT_WINDOW),
            activation(json));
    keys.finish();
    return new ComposedConfig(shape, plan);
  }

  /**
   * What is outside of the layers of Gemma 2 and 3.
   *
   * @param vocabularySize of an absent vocab_size
   * @param maxPositions of an absent max_position_embeddings
   * @param logitCap 0 for none
   */
  public static DecoderShape shape(
      FamilyKeys keys, int vocabularySize, int maxPositions, double logitCap) {
    JsonObject json = keys.json();
    int hidden = json.positiveInt("hidden_size", 2304);
    return new DecoderShape(
        hidden,
        keys.layers(26),
        json.positiveInt("num_attention_heads", 8),
        json.positiveInt("vocab_size", vocabularySize),
        json.positiveInt("max_position_embeddings", maxPositions),
        json.flag("tie_word_embeddings", true),
        NormModule.Kind.RMS_PLUS_ONE,
        json.positive("rms_norm_eps", 1e-6),
        Math.sqrt(hidden),
        1,
        logitCap);
  }

  /**
   * The heads of Gemma 2 and 3, whose scores are divided by the root of {@code
   * query_pre_attn_scalar}.
   *
   * @param cap of the scores, 0 for none
   */
  public static AttentionShape heads(FamilyKeys keys, DecoderShape shape, double cap) {
    JsonObject json = keys.json();
    double divisor = json.positive("query_pre_attn_scalar", 256);
    return new AttentionShape(
        shape.heads(),
        keys.keyValueHeads(shape.heads(), 4),
        json.positiveInt("head_dim", 256),
        1 / Math.sqrt(divisor),
        cap);
  }

  /** The activation of Gemma 2 and 3. */
  public static Activation activation(JsonObject json) {
    String key = "hidden_activation";
    return Activation.of(key, json.text(key, "gelu_pytorch_tanh"));
  }

  /** A cap; null means none, which is not the same as an absent key. */
  public static double cap(JsonObject json, String key, double absent) {
    return json.isNull(key) ? 0 : json.has(key) ? json.positive(key) : absent;
  }
}
