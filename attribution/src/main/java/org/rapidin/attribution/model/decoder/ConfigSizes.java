package org.rapidin.attribution.model.decoder;

/** Limits of the sizes in a config.json, so that products of them do not overflow. */
public final class ConfigSizes {
  private ConfigSizes() {}

  /**
   * Refuses a size that no model has.
   *
   * @param key in config.json, for the error
   * @param most that is accepted
   */
  public static void require(String key, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException("%s must be 1 to %s, got %s".formatted(key, most, value));
    }
  }

  /**
   * Refuses heads of which no model has so many or so wide ones, or that cannot be grouped.
   *
   * @param width of a head
   */
  public static void requireHeads(int heads, int keyValueHeads, int width) {
    require("num_attention_heads", heads, 1 << 12);
    require("num_key_value_heads", keyValueHeads, 1 << 12);
    require("head_dim", width, 1 << 12);
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "num_key_value_heads %s does not divide num_attention_heads %s"
              .formatted(keyValueHeads, heads));
    }
  }
}
