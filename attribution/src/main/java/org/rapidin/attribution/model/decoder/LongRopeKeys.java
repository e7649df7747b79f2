package org.rapidin.attribution.model.decoder;

import org.rapidin.attribution.model.file.JsonObject;

/**
 * LongRoPE as Phi-3's configuration class reads it: the context of the first training is next to
 * the scaling, and decides with the model's how much cosines and sines are raised.
 *
 * @param originalPositions context length that the model was first trained with
 */
public record LongRopeKeys(int originalPositions) {
  private static final String NUMBERS = "a list of numbers more than 0";
  private static final String ORIGINAL = "original_max_position_embeddings";

  /**
   * Reads a scaling; {@code su} and {@code yarn} are old names of the same.
   *
   * @param key of the scaling, for errors
   * @param maxPositions of the model
   */
  RopeScaling read(String key, String type, JsonObject rope, int maxPositions) {
    requireOriginal(key, rope);
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "longrope", "su", "yarn" ->
          new RopeScaling.LongRope(
              rope.positives("short_factor", NUMBERS),
              rope.positives("long_factor", NUMBERS),
              originalPositions,
              factorOfAngles(key, rope, maxPositions));
      default ->
          throw new IllegalArgumentException(
              "config.json: %s type [%s] is not supported: default and longrope are"
                  .formatted(key, type));
    };
  }

  private void requireOriginal(String key, JsonObject rope) {
    int own = rope.positiveInt(ORIGINAL, originalPositions);
    if (own != originalPositions) {
      throw new IllegalArgumentException(
          "config.json: %s in %s is %s, next to it %s: transformers takes the second, so make them equal"
              .formatted(ORIGINAL, key, own, originalPositions));
    }
  }

  private double factorOfAngles(String key, JsonObject rope, int maxPositions) {
    double factor = (double) maxPositions / originalPositions;
    if (rope.positive("factor", factor) != factor) {
      throw new IllegalArgumentException(
          "config.json: factor in %s is %s, max_position_embeddings over %s is %s: versions of transformers differ in which they take"
              .formatted(key, rope.positive("factor"), ORIGINAL, factor));
    }
    double computed =
        factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
    return rope.positive("attention_factor", computed);
  }
}
