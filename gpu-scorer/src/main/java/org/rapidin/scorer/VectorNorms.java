package org.rapidin.scorer;

/** Norms and products of vectors, in loops that the compiler makes vector instructions of. */
public final class VectorNorms {

  /** Sums that run side by side. */
  private static final int SUMS = 256;

  private VectorNorms() {}

  /**
   * The squared L2 norm, summed in double: squares of float32 cannot overflow it. Number i goes
   * into sum i mod {@value #SUMS}, then the sums are added in order, so the bits are the same on
   * every machine.
   *
   * @return not finite if and only if the vector holds NaN or an infinity
   */
  public static double squaredNorm(float[] vector) {
    double[] sums = new double[SUMS];
    for (int at = 0; at < vector.length; at += SUMS) {
      addSquares(vector, at, Math.min(SUMS, vector.length - at), sums);
    }
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private static void addSquares(float[] vector, int at, int length, double[] sums) {
    for (int i = 0; i < length; i++) {
      double value = vector[at + i];
      sums[i] += value * value;
    }
  }

  /**
   * The inner product of two vectors of one length, in double and in the order of {@link
   * #squaredNorm}.
   */
  public static double product(float[] a, float[] b) {
    double[] sums = new double[SUMS];
    for (int at = 0; at < a.length; at += SUMS) {
      addProducts(a, b, at, Math.min(SUMS, a.length - at), sums);
    }
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private static void addProducts(float[] a, float[] b, int at, int length, double[] sums) {
    for (int i = 0; i < length; i++) {
      sums[i] += (double) a[at + i] * b[at + i];
    }
  }

  /**
   * The largest magnitude, 0 for no numbers.
   *
   * @param vector all finite
   */
  public static float largestMagnitude(float[] vector) {
    float largest = 0;
    for (int i = 0; i < vector.length; i++) {
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    return largest;
  }

  /**
   * Checks all numbers.
   *
   * @throws IllegalArgumentException if one is NaN or infinite; names its place
   */
  public static void requireFinite(float[] vector) {
    if (Double.isFinite(squaredNorm(vector))) {
      return;
    }
    for (int i = 0; i < vector.length; i++) {
      ElementType.requireFinite(vector[i], i);
    }
  }
}
