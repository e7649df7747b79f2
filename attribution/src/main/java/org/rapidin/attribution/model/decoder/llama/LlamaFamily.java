package org.rapidin.attribution.model.decoder.llama;

import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.file.JsonObject;

/** Llama 2, 3, 3.1, 3.2 and models with their architecture. */
public final class LlamaFamily implements DecoderFamily {

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public LlamaConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "LlamaForCausalLM");
    json.only("mlp_bias", false);
    json.only("pretraining_tp", 1);
    boolean biased = json.flag("attention_bias", false);
    return LlamaKeys.config(
        keys,
        new LlamaKeys.Defaults(keys.heads(), 2048),
        biased ? AttentionBiases.QKVO : AttentionBiases.NONE,
        keys.sameWindows(keys.layers(), PassContext.UNBOUNDED, false));
  }
}
