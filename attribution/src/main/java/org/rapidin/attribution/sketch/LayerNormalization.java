package org.rapidin.attribution.sketch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The paper's layer-wise normalisation: each parameter tensor's gradient divided by its own L2
 * norm. The division is left to the sketch, which scales while it adds, so nothing is copied.
 */
public final class LayerNormalization {

  /** Independent sums: enough to hide the latency of an addition, and part of the definition. */
  private static final int LANES = 8;

  private LayerNormalization() {}

  /**
   * The squared L2 norm in double precision: number i is squared into sum i mod 8, and the sums are
   * added pairwise, so the bits are the same on every machine.
   *
   * @param tensor float32 in native order
   * @return not finite if and only if the tensor holds NaN or an infinity
   */
  public static double squaredNorm(MemorySegment tensor) {
    long count = tensor.byteSize() / Float.BYTES;
    long whole = count - count % LANES;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (long i = 0; i < whole; i += LANES) {
      s0 += squared(tensor, i);
      s1 += squared(tensor, i + 1);
      s2 += squared(tensor, i + 2);
      s3 += squared(tensor, i + 3);
      s4 += squared(tensor, i + 4);
      s5 += squared(tensor, i + 5);
      s6 += squared(tensor, i + 6);
      s7 += squared(tensor, i + 7);
    }
    double rest = 0;
    for (long i = whole; i < count; i++) {
      rest += squared(tensor, i);
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest;
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

  private static double squared(MemorySegment tensor, long index) {
    double value = tensor.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES);
    return value * value;
  }
}
