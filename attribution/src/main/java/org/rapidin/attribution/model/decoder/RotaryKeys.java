package org.rapidin.attribution.model.decoder;

import java.util.Map;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Rotary positions of a config.json: {@code rope_parameters} (transformers 5), or {@code
 * rope_theta} with {@code rope_scaling}.
 */
public final class RotaryKeys {
  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String PART = "partial_rotary_factor";
  private static final RopeScaling NONE = new RopeScaling.None();

  private final JsonObject json;
  private final int maxPositions;
  private final Names names;
  private final LongRopeKeys longRope;

  /**
   * What a family's configuration class calls its keys, and what it has for absent ones.
   *
   * @param thetaKey of the base
   * @param theta of an absent base
   * @param partKey of the share of a head that is rotated; empty if it is always all
   * @param part of an absent share
   */
  public record Names(String thetaKey, double theta, String partKey, double part) {
    /** As in most families: the whole head, with base 10,000. */
    public static final Names USUAL = new Names("rope_theta", 10_000, "", 1);

    /** The usual names with another base. */
    public static Names withTheta(double theta) {
      return new Names("rope_theta", theta, "", 1);
    }
  }

  /** Reads the keys of a family with scaling of the types default, linear, llama3 and yarn. */
  public RotaryKeys(JsonObject json, int maxPositions, Names names) {
    this(json, maxPositions, names, null);
  }

  /**
   * Reads the keys of a family.
   *
   * @param longRope reads LongRoPE's keys in place of the other types; null for those
   */
  public RotaryKeys(JsonObject json, int maxPositions, Names names, LongRopeKeys longRope) {
    this.json = json;
    this.maxPositions = maxPositions;
    this.names = names;
    this.longRope = longRope;
  }

  /**
   * Reads one set of positions for all layers.
   *
   * @throws IllegalArgumentException if the keys contradict each other, or are not supported
   */
  public RotaryPositions read(int headDimension) {
    double theta = json.positive(names.thetaKey(), names.theta());
    double part = share(json, names.partKey(), names.part());
    RopeScaling scaling =
        json.has(SCALING)
            ? scaling(SCALING, json.object(SCALING), false, (int) (headDimension * part), theta)
            : NONE;
    if (!json.has(PARAMETERS)) {
      return rotary(headDimension, part, theta, scaling);
    }
    JsonObject parameters = json.object(PARAMETERS);
    double itsTheta = parameters.positive("rope_theta", theta);
    double itsPart = share(parameters, names.partKey().isEmpty() ? "" : PART, part);
    RopeScaling itsScaling =
        scaling(PARAMETERS, parameters, true, (int) (headDimension * itsPart), itsTheta);
    boolean contradicts =
        json.has(names.thetaKey()) && theta != itsTheta
            || json.has(names.partKey()) && part != itsPart
            || isScaled() && !scaling.equals(itsScaling);
    if (contradicts) {
      throw contradiction();
    }
    return rotary(headDimension, itsPart, itsTheta, itsScaling);
  }

  /**
   * Reads the positions of layers of one kind, where kinds have positions of their own.
   *
   * @param kind such as {@code sliding_attention}: its key in {@code rope_parameters}
   * @param scaled whether {@code rope_scaling} is of this kind
   */
  public RotaryPositions read(String kind, boolean scaled, int headDimension) {
    double theta = json.positive(names.thetaKey(), names.theta());
    RopeScaling scaling =
        scaled && json.has(SCALING)
            ? scaling(SCALING, json.object(SCALING), false, headDimension, theta)
            : NONE;
    JsonObject nested = json.has(PARAMETERS) ? json.object(PARAMETERS) : null;
    if (nested == null || !nested.has(kind)) {
      return rotary(headDimension, 1, theta, scaling);
    }
    JsonObject parameters = nested.object(kind);
    double itsTheta = parameters.positive("rope_theta", theta);
    String key = "%s %s".formatted(PARAMETERS, kind);
    RopeScaling itsScaling = scaling(key, parameters, true, headDimension, itsTheta);
    boolean contradicts =
        json.has(names.thetaKey()) && theta != itsTheta
            || scaled && isScaled() && !scaling.equals(itsScaling);
    if (contradicts) {
      throw contradiction();
    }
    return rotary(headDimension, 1, itsTheta, itsScaling);
  }

  private static RotaryPositions rotary(
      int headDimension, double part, double theta, RopeScaling scaling) {
    return new RotaryPositions((int) (headDimension * part), theta, scaling);
  }

  private static double share(JsonObject object, String key, double absent) {
    if (key.isEmpty()) {
      object.only(PART, 1, 1.0);
      return absent;
    }
    double share = object.positive(key, absent);
    if (share > 1) {
      throw new IllegalArgumentException(
          "config.json: [%s] must be more than 0 and at most 1, got %s".formatted(key, share));
    }
    return share;
  }

  private IllegalArgumentException contradiction() {
    return new IllegalArgumentException(
        "config.json: rope_parameters contradicts %s or rope_scaling: keep rope_parameters alone if transformers 5 wrote the file, else the others"
            .formatted(names.thetaKey()));
  }

  private boolean isScaled() {
    return json.has(SCALING) && !json.isEmptyObject(SCALING);
  }

  /**
   * Without a type it is the default, without the original positions they are the model's: as
   * {@code standardize_rope_params} of transformers 5; earlier versions refuse such a file.
   */
  private RopeScaling scaling(
      String key, JsonObject rope, boolean withOthers, int dimensions, double theta) {
    if (withOthers) {
      rope.has("rope_theta"); // read by the caller, as is the next
      rope.has(names.partKey().isEmpty() ? "rope_theta" : PART);
    }
    if (!withOthers || names.partKey().isEmpty()) {
      rope.only(PART, 1, 1.0);
    }
    String type = rope.text("rope_type", rope.text("type", "default"));
    RopeScaling scaling =
        longRope != null
            ? longRope.read(key, type, rope, maxPositions)
            : common(key, type, rope, dimensions, theta);
    rope.refuseUnknown(Map.of(), Map.of());
    return scaling;
  }

  private RopeScaling common(
      String key, String type, JsonObject rope, int dimensions, double theta) {
    return switch (type) {
      case "default" -> NONE;
      case "linear" -> new RopeScaling.Linear(rope.positive("factor"));
      case "llama3" ->
          new RopeScaling.Llama3(
              rope.positive("factor"),
              rope.positive("low_freq_factor"),
              rope.positive("high_freq_factor"),
              rope.positiveInt("original_max_position_embeddings", maxPositions));
      case "yarn" -> new YarnKeys(rope, maxPositions).read(dimensions, theta);
      default ->
          throw new IllegalArgumentException(
              "config.json: %s type [%s] is not supported: default, linear, llama3 and yarn are"
                  .formatted(key, type));
    };
  }
}
