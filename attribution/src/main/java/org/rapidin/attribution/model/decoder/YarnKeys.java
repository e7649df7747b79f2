package org.rapidin.attribution.model.decoder;

import org.rapidin.attribution.model.file.JsonObject;

/**
 * The keys of YaRN, as {@code _compute_yarn_parameters} of transformers reads them.
 *
 * @param maxPositions of the model, which absent original positions are
 */
record YarnKeys(JsonObject rope, int maxPositions) {

  /**
   * Reads a scaling.
   *
   * @param dimensions rotated width of a head
   * @param theta base of the frequencies
   */
  RopeScaling read(int dimensions, double theta) {
    double factor = rope.positive("factor");
    int original = rope.positiveInt("original_max_position_embeddings", maxPositions);
    double low = dimension(rope.positive("beta_fast", 32), original, dimensions, theta);
    double high = dimension(rope.positive("beta_slow", 1), original, dimensions, theta);
    boolean whole = rope.flag("truncate", true);
    return new RopeScaling.Yarn(
        factor,
        Math.max(whole ? Math.floor(low) : low, 0),
        Math.min(whole ? Math.ceil(high) : high, dimensions - 1),
        factorOfAngles(factor));
  }

  /** The pair, as a fraction, that turns so often in the original context. */
  private static double dimension(double turns, int original, int dimensions, double theta) {
    return dimensions * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  private double factorOfAngles(double factor) {
    boolean all = rope.has("mscale_all_dim"); // alone neither changes anything
    boolean both = rope.has("mscale") && all;
    double computed =
        both
            ? raised(factor, rope.positive("mscale"))
                / raised(factor, rope.positive("mscale_all_dim"))
            : raised(factor, 1);
    return rope.positive("attention_factor", computed);
  }

  private static double raised(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }
}
