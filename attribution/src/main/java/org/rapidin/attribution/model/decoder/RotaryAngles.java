package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * Rotary angles of the positions of one pass, times the scaling's factor.
 *
 * @param cos float32, [1, 1, T, width], or [B, 1, T, width] where they depend on a row's length
 * @param sin of the same shape
 */
public record RotaryAngles(NDArray cos, NDArray sin) {

  /** How many dimensions of a head are rotated. */
  public int width() {
    return Math.toIntExact(cos.getShape().get(3));
  }

  /**
   * Turns each pair (i, i + width/2) by its angle, as Hugging Face lays the halves out; dimensions
   * from width on stay as they are.
   *
   * @param x float32, [B, heads, T, head width]
   */
  NDArray rotate(NDArray x) {
    long all = x.getShape().get(3);
    if (all == width()) {
      return turn(x);
    }
    NDArray rest = x.get(":,:,:,%s:%s".formatted(width(), all));
    return turn(x.get(":,:,:,0:%s".formatted(width()))).concat(rest, 3);
  }

  private NDArray turn(NDArray x) {
    NDList halves = x.split(2, 3);
    NDArray turned = halves.get(1).neg().concat(halves.get(0), 3);
    return x.mul(cos).add(turned.mul(sin));
  }
}
