package org.rapidin.attribution.model.decoder.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Rotates pairs of numbers of heads by their tokens' angles. */
public final class RotaryPairs {
  /** Half of the narrowest head. */
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

  private RotaryPairs() {}

  /**
   * Rotates each head's pairs (i, i + width/2) in place.
   *
   * @param numbers [length, heads·width]
   * @param width a multiple of 8
   * @param cos [length, width], as sin
   * @param sign 1, or −1 to rotate back
   * @param factor multiplies all numbers
   */
  public static void rotate(
      float[] numbers,
      int length,
      int heads,
      int width,
      float[] cos,
      float[] sin,
      float sign,
      float factor) {
    int half = width / 2;
    for (int t = 0; t < length; t++) {
      for (int i = 0; i < half; i += FOUR.length()) {
        FloatVector c = FloatVector.fromArray(FOUR, cos, t * width + i).mul(factor);
        FloatVector s = FloatVector.fromArray(FOUR, sin, t * width + i).mul(factor * sign);
        for (int head = 0; head < heads; head++) {
          int at = (t * heads + head) * width + i;
          FloatVector x = FloatVector.fromArray(FOUR, numbers, at);
          FloatVector y = FloatVector.fromArray(FOUR, numbers, at + half);
          x.mul(c).sub(y.mul(s)).intoArray(numbers, at);
          y.mul(c).add(x.mul(s)).intoArray(numbers, at + half);
        }
      }
    }
  }
}
