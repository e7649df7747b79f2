package org.rapidin.attribution.model.decoder.composed;

import org.rapidin.attribution.model.decoder.ConfigSizes;
import org.rapidin.attribution.model.decoder.GroupedAttention;
import org.rapidin.attribution.model.decoder.RotaryPositions;

/**
 * Heads of a layer's attention.
 *
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param width of a head
 * @param scale of the scores
 * @param cap c of the scaled scores s, which become c·tanh(s/c); 0 for none
 */
public record AttentionShape(int heads, int keyValueHeads, int width, double scale, double cap) {

  public AttentionShape {
    ConfigSizes.requireHeads(heads, keyValueHeads, width);
  }

  /** Heads whose scores are divided by √width, without a cap. */
  public AttentionShape(int heads, int keyValueHeads, int width) {
    this(heads, keyValueHeads, width, 1 / Math.sqrt(width), 0);
  }

  /** Width of all query heads. */
  public long queries() {
    return (long) heads * width;
  }

  /** Width of all key heads. */
  public long keys() {
    return (long) keyValueHeads * width;
  }

  /**
   * The attention of one layer.
   *
   * @param window how many positions each position sees, itself included
   * @param rotary positions, or null for none
   */
  public GroupedAttention attention(LayerModules modules, int window, RotaryPositions rotary) {
    return new GroupedAttention(
        heads,
        keyValueHeads,
        width,
        modules.scalar(scale),
        window,
        rotary,
        cap == 0 ? null : modules.scalar(cap));
  }

  /**
   * Numbers for each token that a cap takes under automatic differentiation.
   *
   * @param keys that a query is compared with, on average
   */
  public long capFloats(long keys) {
    return cap == 0 ? 0 : 3L * heads * keys;
  }
}
