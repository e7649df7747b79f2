package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Rotary angles and the causal mask up to the longest sequence seen so far. Safe for several
 * threads; outgrown tables stay until the manager closes, because graphs may still read them.
 */
final class PositionTables {
  private final NDManager manager;
  private final ModelConfig config;
  private Tables largest;

  /**
   * Tables of one length.
   *
   * @param length T
   * @param cos float32, [1, 1, T, headDimension]
   * @param sin float32, [1, 1, T, headDimension]
   * @param mask float32, [1, 1, 1, T, T]: 0 where a position may look, -∞ where not
   */
  record Tables(int length, NDArray cos, NDArray sin, NDArray mask) {}

  PositionTables(NDManager manager, ModelConfig config) {
    this.manager = manager;
    this.config = config;
  }

  /** Tables for a length; views into larger ones where those are there. */
  synchronized Tables of(int length) {
    if (largest == null || largest.length() < length) {
      int doubled = largest == null ? 128 : 2 * largest.length();
      largest = make(Math.max(length, Math.min(doubled, config.maxPositions())));
    }
    if (largest.length() == length) {
      return largest;
    }
    String first = "0:" + length;
    return new Tables(
        length,
        largest.cos().get(":,:," + first),
        largest.sin().get(":,:," + first),
        largest.mask().get(":,:,:," + first + "," + first));
  }

  private Tables make(int length) {
    int half = config.headDimension() / 2;
    float[] cos = new float[length * 2 * half];
    float[] sin = new float[length * 2 * half];
    for (int i = 0; i < half; i++) {
      double unscaled = Math.pow(config.ropeTheta(), -(double) i / half);
      double frequency = config.ropeScaling().scale(unscaled);
      for (int t = 0; t < length; t++) {
        int at = t * 2 * half + i;
        cos[at] = cos[at + half] = (float) Math.cos(t * frequency);
        sin[at] = sin[at + half] = (float) Math.sin(t * frequency);
      }
    }
    Shape angles = new Shape(1, 1, length, 2L * half);
    return new Tables(
        length,
        keep(TorchMemory.floats(manager, angles, cos)),
        keep(TorchMemory.floats(manager, angles, sin)),
        mask(length));
  }

  /** Written piece by piece into torch's memory: T² numbers would be much on the heap. */
  private NDArray mask(int length) {
    TorchMemory.Filler causal =
        (from, piece) -> {
          for (long i = 0; i < piece.byteSize() / Float.BYTES; i++) {
            long query = (from + i) / length;
            long key = (from + i) % length;
            float seen = key > query ? Float.NEGATIVE_INFINITY : 0;
            piece.setAtIndex(ValueLayout.JAVA_FLOAT, i, seen);
          }
        };
    Shape shape = new Shape(1, 1, 1, length, length);
    return keep(TorchMemory.floats(manager, shape, causal));
  }

  /** Made inside a batch's scope, but to outlive it. */
  private static NDArray keep(NDArray array) {
    NDScope.unregister(array);
    return array;
  }
}
