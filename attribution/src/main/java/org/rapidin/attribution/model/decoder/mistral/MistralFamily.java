package org.rapidin.attribution.model.decoder.mistral;

import java.util.List;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.decoder.llama.LlamaKeys;
import org.rapidin.attribution.model.file.JsonObject;

/** Mistral: a Llama-like decoder with one sliding window in all layers, or none. */
public final class MistralFamily implements DecoderFamily {
  private static final LlamaKeys.Defaults DEFAULTS = new LlamaKeys.Defaults(8, 4096 * 32);
  private static final int DEFAULT_WINDOW = 4096;

  @Override
  public String modelType() {
    return "mistral";
  }

  /** In an absent {@code sliding_window} the class's default counts; null means no window. */
  @Override
  public LlamaConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "MistralForCausalLM");
    boolean sliding = !json.isNull("sliding_window");
    int window = sliding ? keys.window(DEFAULT_WINDOW) : PassContext.UNBOUNDED;
    List<Integer> windows = keys.sameWindows(keys.layers(), window, sliding);
    return LlamaKeys.config(keys, DEFAULTS, AttentionBiases.NONE, windows);
  }
}
