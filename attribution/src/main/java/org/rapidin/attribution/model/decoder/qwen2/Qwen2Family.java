package org.rapidin.attribution.model.decoder.qwen2;

import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.FamilyKeys;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.decoder.llama.LlamaKeys;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Qwen2 and Qwen2.5: a Llama-like decoder with biases on q, k and v, and a sliding window in its
 * upper layers where {@code use_sliding_window} is true.
 */
public final class Qwen2Family implements DecoderFamily {
  private static final LlamaKeys.Defaults DEFAULTS = new LlamaKeys.Defaults(32, 32768);
  private static final int DEFAULT_WINDOW = 4096;
  private static final int DEFAULT_FULL_LAYERS = 28;

  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public LlamaConfig parse(JsonObject json) {
    FamilyKeys keys = new FamilyKeys(json, modelType(), "Qwen2ForCausalLM");
    return LlamaKeys.config(keys, DEFAULTS, AttentionBiases.QKV, windows(keys, keys.layers()));
  }

  /**
   * Windows of Qwen2 and Qwen3: {@code sliding_window} counts only if it is in use, and from {@code
   * max_window_layers} on.
   */
  public static List<Integer> windows(FamilyKeys keys, int layers) {
    JsonObject json = keys.json();
    boolean windowed = !json.isNull("sliding_window");
    boolean sliding = json.flag("use_sliding_window", false) && windowed;
    int full = json.has("max_window_layers") ? fullLayers(json) : DEFAULT_FULL_LAYERS;
    if (!sliding) {
      return keys.sameWindows(layers, PassContext.UNBOUNDED, false);
    }
    List<Boolean> slides =
        keys.slidingLayers(layers)
            .orElseGet(() -> IntStream.range(0, layers).mapToObj(i -> i >= full).toList());
    return keys.windows(slides, DEFAULT_WINDOW);
  }

  /** The first layers, which see all positions; may be 0. */
  private static int fullLayers(JsonObject json) {
    return json.isZero("max_window_layers") ? 0 : json.positiveInt("max_window_layers");
  }
}
