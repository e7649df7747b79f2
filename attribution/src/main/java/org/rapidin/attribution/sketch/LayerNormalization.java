package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The paper's layer-wise normalisation: each parameter tensor's gradient divided by its own L2
 * norm. The division is left to the sketch, which scales while it adds, so nothing is copied.
 */
public final class LayerNormalization {

  /** Sums that run side by side: a loop long enough for the compiler to make vectors of it. */
  private static final int SUMS = 512;

  private LayerNormalization() {}

  /**
   * The squared L2 norm in double precision: the square of number i goes into sum i mod {@value
   * #SUMS}, then the sums are added in order. So the bits are the same on every machine.
   *
   * @param tensor float32 in native order
   * @return not finite if and only if the tensor holds NaN or an infinity
   */
  public static double squaredNorm(MemorySegment tensor) {
    long count = tensor.byteSize() / Float.BYTES;
    float[] block = new float[SUMS];
    double[] sums = new double[SUMS];
    for (long at = 0; at < count; at += SUMS) {
      int length = (int) Math.min(SUMS, count - at);
      MemorySegment.copy(
          tensor, ValueLayout.JAVA_FLOAT_UNALIGNED, at * Float.BYTES, block, 0, length);
      addSquares(block, length, sums);
    }
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private static void addSquares(float[] block, int length, double[] sums) {
    for (int i = 0; i < length; i++) {
      double value = block[i];
      sums[i] += value * value;
    }
  }

  /**
   * What a tensor is multiplied with to have norm 1.
   *
   * @param norm of the tensor
   * @return 0 for a norm below float32's least normal number: such a tensor counts as zero, because
   *     its reciprocal is no float32
   */
  public static double scale(double norm) {
    return norm < Float.MIN_NORMAL ? 0 : 1 / norm;
  }
}
