package org.rapidin.attribution.model.decoder;

import java.util.Objects;

/**
 * Frequencies of a rotary position embedding.
 *
 * @param headDimension rotated width of a head, even
 * @param theta base of the frequencies
 * @param scaling how they are stretched
 */
public record RotaryPositions(int headDimension, double theta, RopeScaling scaling) {
  public RotaryPositions {
    Objects.requireNonNull(scaling, "scaling");
    if (headDimension < 2 || headDimension % 2 != 0) {
      throw new IllegalArgumentException(
          "head_dim (its rotated part) must be even, got %s".formatted(headDimension));
    }
    if (!(theta > 0)) {
      throw new IllegalArgumentException("rope_theta must be more than 0, got %s".formatted(theta));
    }
    scaling.requireFits(headDimension / 2);
  }

  /**
   * Radians per position of the pair (i, i + headDimension/2).
   *
   * @param length of the sequence
   */
  double frequency(int i, int length) {
    int half = headDimension / 2;
    return scaling.scale(Math.pow(theta, -(double) i / half), i, length);
  }
}
