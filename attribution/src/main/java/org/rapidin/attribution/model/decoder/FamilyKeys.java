package org.rapidin.attribution.model.decoder;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * The keys of a config.json that families share. A family reads what it needs, and {@link #finish}
 * refuses what is left.
 */
public final class FamilyKeys {
  private static final String WINDOW = "sliding_window";
  private static final String FULL = "full_attention";
  private static final String OLD_FULL = "attention"; // as transformers 5 reads it
  private static final String SLIDING = "sliding_attention";

  private final JsonObject json;
  private final String modelType;

  /**
   * Starts to read a config.json.
   *
   * @throws IllegalArgumentException if it is not of the family, or positions see later ones
   */
  public FamilyKeys(JsonObject json, String modelType, String architecture) {
    this.json = json;
    this.modelType = modelType;
    if (json.has("architectures") && !json.texts("architectures").equals(List.of(architecture))) {
      throw new IllegalArgumentException(
          "config.json: architecture %s is not supported for model_type [%s]: %s is"
              .formatted(json.texts("architectures"), modelType, architecture));
    }
    if (!json.text("model_type", "").equals(modelType)) {
      throw new IllegalArgumentException("config.json: model_type must be %s".formatted(modelType));
    }
    json.only("is_causal", true); // false is not harmless: it lifts the mask
  }

  /** Keys of the family alone. */
  public JsonObject json() {
    return json;
  }

  /** Number of layers. */
  public int layers() {
    return requireLayers("num_hidden_layers", json.positiveInt("num_hidden_layers"));
  }

  /**
   * Number of layers.
   *
   * @param absent what the configuration class has for an absent key
   */
  public int layers(int absent) {
    return requireLayers("num_hidden_layers", json.positiveInt("num_hidden_layers", absent));
  }

  /** Refuses a number of layers that no model has. */
  public static int requireLayers(String key, int layers) {
    if (layers > 1 << 10) {
      throw new IllegalArgumentException(
          "config.json: %s must be 1 to 1024, got %s".formatted(key, layers));
    }
    return layers;
  }

  /** Number of query heads. */
  public int heads() {
    return json.positiveInt("num_attention_heads");
  }

  /**
   * Number of key and value heads; null means one for each query head.
   *
   * @param absent what the configuration class has for an absent key
   */
  public int keyValueHeads(int heads, int absent) {
    return json.positiveInt(
        "num_key_value_heads", json.isNull("num_key_value_heads") ? heads : absent);
  }

  /**
   * The width of a head where an absent {@code head_dim} means that heads share the hidden size.
   */
  public int headDimension(int hidden, int heads) {
    if (!json.has("head_dim") && hidden % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %s is not a multiple of num_attention_heads %s, and there is no head_dim"
              .formatted(hidden, heads));
    }
    return json.positiveInt("head_dim", hidden / heads);
  }

  /**
   * Kinds of the layers, if {@code layer_types} lists them: whether each has a sliding window.
   *
   * @throws IllegalArgumentException if another kind is listed, or not one per layer
   */
  public Optional<List<Boolean>> slidingLayers(int layers) {
    if (!json.has("layer_types")) {
      return Optional.empty();
    }
    List<String> types = json.texts("layer_types");
    if (types.size() != layers) {
      throw new IllegalArgumentException(
          "config.json: layer_types lists %s layers, num_hidden_layers is %s"
              .formatted(types.size(), layers));
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
  public List<Integer> sameWindows(int layers, int window, boolean sliding) {
    if (slidingLayers(layers).stream().flatMap(List::stream).anyMatch(is -> is != sliding)) {
      throw new IllegalArgumentException(
          "config.json: layer_types contradicts sliding_window: every layer of this model has %s"
              .formatted(sliding ? SLIDING : FULL));
    }
    return Collections.nCopies(layers, window);
  }

  /** One window for all layers, or none where {@code sliding_window} is absent or null. */
  public List<Integer> optionalWindows(int layers) {
    boolean sliding = json.has(WINDOW);
    int window = sliding ? window(PassContext.UNBOUNDED) : PassContext.UNBOUNDED;
    return sameWindows(layers, window, sliding);
  }

  /**
   * A window for each layer, as their kinds say.
   *
   * @param slides whether each layer has a window
   * @param absent what the family's configuration class has for an absent key
   * @throws IllegalArgumentException if a layer slides and there is no window
   */
  public List<Integer> windows(List<Boolean> slides, int absent) {
    // The key is read even where no layer slides; it is not unknown then.
    if (json.isNull(WINDOW) && slides.contains(true)) {
      throw new IllegalArgumentException(
          "config.json: [sliding_window] is null, and some layers have %s: write the window's size"
              .formatted(SLIDING));
    }
    return slides.stream().map(slide -> slide ? window(absent) : PassContext.UNBOUNDED).toList();
  }

  /**
   * Refuses every key that was not read and is not known to change nothing, all at once.
   *
   * @throws IllegalArgumentException that names them and what they change
   */
  public void finish() {
    ConfigKeys.refuseOthers(json, modelType);
  }
}
