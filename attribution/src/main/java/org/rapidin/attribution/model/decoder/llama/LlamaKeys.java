package org.rapidin.attribution.model.decoder.llama;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.ConfigKeys;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * The keys of a config.json that Llama-like families share. A family asks for its own keys first;
 * {@link #config} then refuses what is left.
 */
public final class LlamaKeys {
  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String WINDOW = "sliding_window";
  private static final String FULL = "full_attention";
  private static final String OLD_FULL = "attention"; // as transformers 5 reads it
  private static final String SLIDING = "sliding_attention";

  private final JsonObject json;

  /**
   * What the family's configuration class has for absent keys.
   *
   * @param keyValueHeads of an absent num_key_value_heads
   * @param maxPositions of an absent max_position_embeddings
   */
  public record Defaults(int keyValueHeads, int maxPositions) {}

  /**
   * Starts to read a config.json.
   *
   * @throws IllegalArgumentException if it is not of the family
   */
  public LlamaKeys(JsonObject json, String modelType, String architecture) {
    this.json = json;
    if (json.has("architectures") && !json.texts("architectures").equals(List.of(architecture))) {
      throw new IllegalArgumentException(
          "config.json: architecture %s is not supported for model_type [%s]: %s is"
              .formatted(json.texts("architectures"), modelType, architecture));
    }
    if (!json.text("model_type", "").equals(modelType)) {
      throw new IllegalArgumentException("config.json: model_type must be %s".formatted(modelType));
    }
  }

  /** Number of layers. */
  public int layers() {
    int layers = json.positiveInt("num_hidden_layers");
    if (layers > 1 << 10) {
      throw new IllegalArgumentException(
          "config.json: num_hidden_layers must be 1 to 1024, got %s".formatted(layers));
    }
    return layers;
  }

  /** Number of query heads. */
  public int heads() {
    return json.positiveInt("num_attention_heads");
  }

  /**
   * Kinds of the layers, if {@code layer_types} lists them: whether each has a sliding window.
   *
   * @throws IllegalArgumentException if another kind is listed, or not one per layer
   */
  public Optional<List<Boolean>> slidingLayers() {
    if (!json.has("layer_types")) {
      return Optional.empty();
    }
    List<String> types = json.texts("layer_types");
    if (types.size() != layers()) {
      throw new IllegalArgumentException(
          "config.json: layer_types lists %s layers, num_hidden_layers is %s"
              .formatted(types.size(), layers()));
    }
    for (String type : types) {
      if (!List.of(FULL, OLD_FULL, SLIDING).contains(type)) {
        throw new IllegalArgumentException(
            "config.json: layer_types has [%s], supported are %s and %s"
                .formatted(type, FULL, SLIDING));
      }
    }
    return Optional.of(types.stream().map(SLIDING::equals).toList());
  }

  /**
   * The window of layers that have one.
   *
   * @param absent what the family's configuration class has for an absent key
   * @throws IllegalArgumentException if no position would see any
   */
  public int window(int absent) {
    if (json.isZero(WINDOW)) {
      throw new IllegalArgumentException(
          "config.json: [%s] is 0, which hides each position from itself, too: what transformers then computes differs between its attention kernels; write null for no window"
              .formatted(WINDOW));
    }
    return json.positiveInt(WINDOW, absent);
  }

  /**
   * One window for all layers.
   *
   * @throws IllegalArgumentException if {@code layer_types} contradicts it
   */
  public List<Integer> sameWindows(int window, boolean sliding) {
    if (slidingLayers().stream().flatMap(List::stream).anyMatch(is -> is != sliding)) {
      throw new IllegalArgumentException(
          "config.json: layer_types contradicts sliding_window: every layer of this model has %s"
              .formatted(sliding ? SLIDING : FULL));
    }
    return Collections.nCopies(layers(), window);
  }

  /**
   * Reads the shared keys.
   *
   * @throws IllegalArgumentException if one is missing or malformed, or a key that nothing asked
   *     for might change numbers; names it
   */
  public LlamaConfig config(Defaults defaults, AttentionBiases biases, List<Integer> windows) {
    json.only("hidden_act", "silu", "swish"); // two names of one function
    json.only("is_causal", true);
    int hidden = json.positiveInt("hidden_size");
    int maxPositions = json.positiveInt("max_position_embeddings", defaults.maxPositions());
    int absentHeads = json.isNull("num_key_value_heads") ? heads() : defaults.keyValueHeads();
    LlamaConfig config =
        new LlamaConfig(
            hidden,
            json.positiveInt("intermediate_size"),
            heads(),
            json.positiveInt("num_key_value_heads", absentHeads),
            json.positiveInt("vocab_size"),
            maxPositions,
            json.positive("rms_norm_eps", 1e-6),
            rotary(headDimension(hidden), maxPositions),
            json.flag("tie_word_embeddings", false),
            biases,
            windows);
    ConfigKeys.refuseOthers(json);
    return config;
  }

  private int headDimension(int hidden) {
    if (!json.has("head_dim") && hidden % heads() != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %s is not a multiple of num_attention_heads %s, and there is no head_dim"
              .formatted(hidden, heads()));
    }
    return json.positiveInt("head_dim", hidden / heads());
  }

  /**
   * Reads {@code rope_parameters} (transformers 5) or {@code rope_theta} with {@code rope_scaling}.
   */
  private RotaryPositions rotary(int headDimension, int maxPositions) {
    json.only("partial_rotary_factor", 1, 1.0);
    double theta = json.positive("rope_theta", 10_000);
    RopeScaling scaling = scaling(SCALING, maxPositions);
    if (!json.has(PARAMETERS)) {
      return new RotaryPositions(headDimension, theta, scaling);
    }
    JsonObject parameters = json.object(PARAMETERS);
    RotaryPositions rotary =
        new RotaryPositions(
            headDimension,
            parameters.positive("rope_theta", theta),
            scaling(PARAMETERS, maxPositions));
    boolean contradicts =
        json.has("rope_theta") && theta != rotary.theta()
            || isScaled() && !scaling.equals(rotary.scaling());
    if (contradicts) {
      throw new IllegalArgumentException(
          "config.json: rope_parameters contradicts rope_theta or rope_scaling: keep rope_parameters alone if transformers 5 wrote the file, else the other two");
    }
    return rotary;
  }

  private boolean isScaled() {
    return json.has(SCALING) && !json.isEmptyObject(SCALING);
  }

  /**
   * Without a type it is the default, without the original positions they are the model's: as
   * {@code standardize_rope_params} of transformers 5; earlier versions refuse such a file.
   */
  private RopeScaling scaling(String key, int maxPositions) {
    if (!json.has(key)) {
      return new RopeScaling.None();
    }
    JsonObject rope = json.object(key);
    if (key.equals(PARAMETERS)) {
      rope.has("rope_theta"); // read by the caller
    }
    rope.only("partial_rotary_factor", 1, 1.0);
    String type = rope.text("rope_type", rope.text("type", "default"));
    RopeScaling scaling =
        switch (type) {
          case "default" -> new RopeScaling.None();
          case "llama3" ->
              new RopeScaling.Llama3(
                  rope.positive("factor"),
                  rope.positive("low_freq_factor"),
                  rope.positive("high_freq_factor"),
                  rope.positiveInt("original_max_position_embeddings", maxPositions));
          default ->
              throw new IllegalArgumentException(
                  "config.json: %s type [%s] is not supported: default and llama3 are"
                      .formatted(key, type));
        };
    rope.refuseUnknown(Map.of(), Map.of());
    return scaling;
  }
}
